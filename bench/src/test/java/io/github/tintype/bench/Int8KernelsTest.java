package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.compile.Call;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.nn.Weights;
import io.github.tintype.quantization.QuantizationConfig.Int8DynamicActivationInt8Weight;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which kernels the layers get that the guide's filters choose, in the compiled UNet of SDXL at 512². No weight is read. */
class Int8KernelsTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void allChosenLayersMultiplyBytes(DType dtype) {
        List<Call> calls = calls(
                ModelForm.PLAIN.withDtype(dtype).withFuseQkv().withQuantization(new Int8DynamicActivationInt8Weight()));
        List<Call> chosen = calls.stream()
                .filter(call -> call.name().startsWith("quantized_linear"))
                .toList();
        long multiplied = flops(chosen.stream()
                .filter(call -> call.implementation().startsWith("int8:")
                        || !call.implementation().endsWith("in f32"))
                .toList());
        // 0.95 of 1.13 Tflop of linear layers are in those that the filter leaves
        assertThat(flops(chosen)).isGreaterThan(900_000_000_000L);
        assertThat(multiplied).isEqualTo(flops(chosen));
    }

    private static long flops(List<Call> calls) {
        return calls.stream().mapToLong(Call::flops).sum();
    }

    private static List<Call> calls(ModelForm form) {
        BenchmarkModel model = BenchmarkModel.SDXL_UNET;
        UnaryOperator<List<Tensor>> forward = model.forward(new Weights.Recorder(DType.F32), form);
        List<Tensor> inputs = model.inputs(512, 512, 1, form).stream()
                .map(value -> Tensor.placeholder(value.type()))
                .toList();
        try (Engine engine = Engine.on(CpuDevice.open(2));
                Compiled<List<Tensor>, List<Tensor>> unet =
                        new Compiler(engine, CompileListener.NONE).compile("unet", forward, CompileOptions.DEFAULT)) {
            return unet.prepare(inputs, RunContext.none()).plans().getLast().calls();
        }
    }
}
