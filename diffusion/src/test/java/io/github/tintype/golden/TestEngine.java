package io.github.tintype.golden;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Device;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The engine that the suite runs on: the CPU device, or with {@code -Dtintype.device=reference} the slow and certain one. */
final class TestEngine {
    static final Engine ENGINE = Engine.on(device());

    private TestEngine() {}

    private static Device device() {
        String name = System.getProperty("tintype.device", "cpu");
        return switch (name) {
            case "cpu" -> CpuDevice.open(2);
            case "reference" -> new ReferenceDevice();
            default ->
                throw new IllegalArgumentException("tintype.device: got %s, wanted cpu or reference".formatted(name));
        };
    }

    /** What models compute in, where it isn't F32. */
    static final ScopedValue<DType> DTYPE = ScopedValue.newInstance();

    /** How {@link #run} compiles what it runs. */
    static final ScopedValue<CompileOptions> OPTIONS = ScopedValue.newInstance();

    /** Runs {@code forward}, from named inputs to named outputs, as one function. */
    static Map<String, HostTensor> run(
            Map<String, HostTensor> inputs, Function<Map<String, Tensor>, Map<String, Tensor>> forward) {
        List<String> inputNames = List.copyOf(inputs.keySet());
        List<String> outputNames = new ArrayList<>();
        List<Tensor> values = inputNames.stream()
                .map(name -> ENGINE.tensor(Models.want(inputs, name)))
                .toList();
        Function<List<Tensor>, List<Tensor>> function = arguments -> {
            Map<String, Tensor> named = new HashMap<>();
            for (int i = 0; i < inputNames.size(); i++) {
                named.put(inputNames.get(i), arguments.get(i));
            }
            Map<String, Tensor> outputs = new LinkedHashMap<>(forward.apply(named));
            outputNames.clear();
            outputNames.addAll(outputs.keySet());
            return List.copyOf(outputs.values());
        };
        try (Compiled<List<Tensor>, List<Tensor>> compiled = new Compiler(ENGINE, CompileListener.NONE)
                .compile("golden", function, OPTIONS.orElse(CompileOptions.EAGER))) {
            List<Tensor> outputs = compiled.call(values);
            Map<String, HostTensor> results = new LinkedHashMap<>();
            for (int i = 0; i < outputs.size(); i++) {
                results.put(outputNames.get(i), outputs.get(i).toHost());
            }
            return results;
        }
    }
}
