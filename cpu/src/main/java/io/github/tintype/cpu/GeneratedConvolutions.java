package io.github.tintype.cpu;

import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.stream.Stream;

/** Which of the generated kernels have a convolution that isn't a product. */
record GeneratedConvolutions(WinogradSupport winograd, TapsSupport taps, DirectSupport direct) {
    GeneratedConvolutions(Cpu cpu, LoopCode code) {
        this(new WinogradSupport(cpu, code), new TapsSupport(cpu, code), new DirectSupport(cpu, code));
    }

    /** What may be chosen, that of the tables first. Where Winograd's may, nothing else is as fast. */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        List<Route> transformed = winograd.routes(op, false, inputs, output, spending);
        if (!transformed.isEmpty()) {
            return transformed;
        }
        boolean isShort = winograd.pays(op, inputs, output);
        return Stream.concat(
                        taps.routes(op, inputs, output, spending).stream(),
                        direct.routes(op, inputs, output, spending, isShort).stream())
                .toList();
    }
}
