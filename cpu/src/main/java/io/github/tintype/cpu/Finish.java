package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.Reach;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Post-ops over a finished f32 result, in place, one pass each: for kernels that can't take them in. */
final class Finish {
    private sealed interface Pass {
        record Each(RowKernel kernel) implements Pass {}

        record With(Broadcast kernel) implements Pass {}
    }

    private record EachKey(PostOp.Eltwise function, long elements) {}

    private final List<Pass> passes;

    private Finish(List<Pass> passes) {
        this.passes = List.copyOf(passes);
    }

    /**
     * @param operands of the {@link PostOp.Operand}s in {@code postOps}, in order: like the result where they reach single elements, else
     *     row-major
     * @param layout how the result lies: dense
     */
    static Finish of(
            Cpu cpu, KernelCache kernels, List<PostOp> postOps, List<Operand> operands, Shape shape, Layout layout) {
        List<Pass> passes = new ArrayList<>();
        Iterator<Operand> next = operands.iterator();
        for (PostOp postOp : postOps) {
            passes.add(
                    switch (postOp) {
                        case PostOp.Eltwise function ->
                            new Pass.Each(kernels.get(
                                    RowKernel.class,
                                    new EachKey(function, shape.elements()),
                                    () -> each(cpu, function, shape.elements())));
                        case PostOp.Operand(PostOp.BinaryOperation operation, Reach _) -> {
                            Operand operand = next.next();
                            Layout repeated =
                                    operand.layout().expand(operand.type().shape(), shape);
                            Broadcast.Spec spec = new Broadcast.Spec(
                                    operation,
                                    DType.F32,
                                    shape.dims().stream().map(Dim::value).toList(),
                                    layout.strides(),
                                    repeated.strides(),
                                    layout.strides());
                            yield new Pass.With(kernels.get(Broadcast.class, spec, () -> new Broadcast(cpu, spec)));
                        }
                        case PostOp.Binary _ ->
                            throw new IllegalStateException("nothing to do after a kernel: " + postOp);
                    });
        }
        return new Finish(passes);
    }

    private static RowKernel each(Cpu cpu, PostOp.Eltwise function, long elements) {
        return new RowKernel(cpu, elements, 16, 8 * elements, List.of(4L, 4L), count -> {
            MemoryDesc x = MemoryDesc.dense(DType.F32, count);
            return cpu.dnn().eltwise(function, x, x, List.of());
        });
    }

    /** Whether {@link #run} looks at its operand. */
    boolean readsOperand() {
        return passes.stream().anyMatch(Pass.With.class::isInstance);
    }

    /** @param operand 0 where none is read */
    void run(long result, long operand, BooleanSupplier cancelled) {
        for (Pass pass : passes) {
            switch (pass) {
                case Pass.Each(RowKernel kernel) -> kernel.run(cancelled, result, result);
                case Pass.With(Broadcast kernel) -> kernel.run(result, operand, result, cancelled);
            }
        }
    }
}
