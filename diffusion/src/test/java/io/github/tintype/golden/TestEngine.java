package io.github.tintype.golden;

import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The engine that the suite runs on: the reference device, slow and certain. */
final class TestEngine {
    static final Engine ENGINE = Engine.on(new ReferenceDevice());

    private TestEngine() {}

    /** Runs {@code forward}, from named inputs to named outputs, as one program. */
    static Map<String, HostTensor> run(
            Map<String, HostTensor> inputs, Function<Map<String, Tensor>, Map<String, Tensor>> forward) {
        List<String> inputNames = List.copyOf(inputs.keySet());
        List<String> outputNames = new ArrayList<>();
        List<Tensor> values = inputNames.stream()
                .map(name -> ENGINE.tensor(Models.want(inputs, name)))
                .toList();
        try (Program program = ENGINE.program("golden", arguments -> {
            Map<String, Tensor> named = new HashMap<>();
            for (int i = 0; i < inputNames.size(); i++) {
                named.put(inputNames.get(i), arguments.get(i));
            }
            Map<String, Tensor> outputs = new LinkedHashMap<>(forward.apply(named));
            outputNames.addAll(outputs.keySet());
            return List.copyOf(outputs.values());
        })) {
            List<Tensor> outputs = program.run(values, RunContext.none());
            Map<String, HostTensor> results = new LinkedHashMap<>();
            for (int i = 0; i < outputs.size(); i++) {
                results.put(outputNames.get(i), outputs.get(i).toHost());
            }
            return results;
        }
    }
}
