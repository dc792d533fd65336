package io.github.tintype.cpu;

import java.util.List;

/** What a primitive does to each result before it stores it, in the order of the list. */
sealed interface PostOp {
    /** {@code function(result)}. */
    record Eltwise(Function function, float alpha, float beta) implements PostOp {}

    /** {@code result (operation) other}; {@code other} broadcasts and its address is one more argument of the primitive. */
    record Binary(BinaryOperation operation, MemoryDesc other) implements PostOp {}

    /** {@code result (operation) other}, where other lies as the result: each slice of a kernel makes a {@link Binary} of it. */
    record Other(BinaryOperation operation) implements PostOp {}

    /** oneDNN's {@code dnnl_alg_kind_t} for elementwise functions of x. */
    enum Function {
        TANH(33),
        SQUARE(35),
        ABS(36),
        SQRT(37),
        /** alpha · x + beta. */
        LINEAR(38),
        LOGISTIC(41),
        GELU_TANH(43),
        /** x · logistic(alpha · x). */
        SWISH(44),
        /** x held between alpha and beta. */
        CLIP(47),
        GELU_ERF(49);

        final int number;

        Function(int number) {
            this.number = number;
        }
    }

    /** oneDNN's {@code dnnl_alg_kind_t} for operations on two tensors. */
    enum BinaryOperation {
        ADD(0x1fff0),
        MUL(0x1fff1),
        DIV(0x1fff4),
        SUB(0x1fff5),
        GE(0x1fff6),
        GT(0x1fff7),
        LE(0x1fff8),
        LT(0x1fff9),
        EQ(0x1fffa),
        NE(0x1fffb);

        final int number;

        BinaryOperation(int number) {
            this.number = number;
        }
    }

    /** Whether one of them is an {@link Other}. @throws IllegalArgumentException if several are: a kernel has one address for it */
    static boolean readOther(List<PostOp> postOps) {
        long count = postOps.stream().filter(Other.class::isInstance).count();
        if (count > 1) {
            throw new IllegalArgumentException("post-ops: got %d other tensors, wanted at most 1".formatted(count));
        }
        return count == 1;
    }

    /** The same for a slice whose result lies so. */
    static List<PostOp> ofSlice(List<PostOp> postOps, MemoryDesc result) {
        return postOps.stream()
                .map(postOp ->
                        postOp instanceof Other(BinaryOperation operation) ? new Binary(operation, result) : postOp)
                .toList();
    }

    /** {@code factor · result}. */
    static PostOp scale(double factor) {
        return new Eltwise(Function.LINEAR, (float) factor, 0);
    }
}
