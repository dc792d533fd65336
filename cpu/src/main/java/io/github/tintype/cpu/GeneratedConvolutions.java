package io.github.tintype.cpu;

import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Which of the generated kernels have a convolution that isn't a product. */
record GeneratedConvolutions(WinogradSupport winograd, TapsSupport taps, DirectSupport direct) {
    GeneratedConvolutions(Cpu cpu, LoopCode code) {
        this(new WinogradSupport(cpu, code), new TapsSupport(cpu, code), new DirectSupport(cpu, code));
    }

    /**
     * What may be chosen, that of the tables first. Where Winograd's may, nothing else is as fast, but pairs of numbers where it wouldn't be F(4×4): 8² and 16² of 1280 channels take 0.6 and 0.9 of
     * the time of F(2×2) (Zen 4).
     */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        List<Route> transformed = winograd.routes(op, false, inputs, output, spending);
        if (!transformed.isEmpty()) {
            List<Route> routes = new ArrayList<>(transformed);
            if (direct.pairs(inputs)) {
                int behind = winograd.takesLargest(inputs, output) ? routes.size() : 0;
                routes.addAll(behind, direct.routes(op, inputs, output, spending, false));
            }
            return routes;
        }
        boolean isShort = winograd.pays(op, inputs, output);
        return Stream.concat(
                        taps.routes(op, inputs, output, spending).stream(),
                        direct.routes(op, inputs, output, spending, isShort).stream())
                .toList();
    }
}
