package io.github.tintype.cpu;

import java.util.List;
import java.util.Optional;

/** What a primitive does to each result before it stores it, in the order of the list. */
sealed interface PostOp {
    /** {@code function(result)}. */
    record Eltwise(Function function, float alpha, float beta) implements PostOp {}

    /** {@code result (operation) other}; {@code other} broadcasts and its address is one more argument of the primitive. */
    record Binary(BinaryOperation operation, MemoryDesc other) implements PostOp {}

    /**
     * {@code result (operation) operand}, said of a whole kernel: it makes a {@link Binary} of this for each of its slices, and takes the
     * operand's address when it runs.
     */
    record Operand(BinaryOperation operation, Reach reach) implements PostOp {}

    /** For which elements of a result one value of an operand is. */
    enum Reach {
        /** All. */
        TENSOR,
        /** Those of one channel: the operand is [c]. */
        CHANNEL,
        /** Those of one channel of one image: the operand is [n,c]. */
        IMAGE_CHANNEL,
        /** One: the operand lies as the result does. */
        ELEMENT
    }

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

    /** {@code factor · result}. */
    static PostOp scale(double factor) {
        return new Eltwise(Function.LINEAR, (float) factor, 0);
    }

    /** What a kernel does itself: all of them, or, where it takes no operand, what comes before the first. */
    static List<PostOp> taken(List<PostOp> postOps, boolean all) {
        return all
                ? postOps
                : postOps.stream()
                        .takeWhile(postOp -> !(postOp instanceof PostOp.Operand))
                        .toList();
    }

    /** For which results an operand is that is added to them, if {@code postOp} does that. */
    static Optional<Reach> sum(PostOp postOp) {
        return postOp instanceof Operand(BinaryOperation operation, Reach reach) && operation == BinaryOperation.ADD
                ? Optional.of(reach)
                : Optional.empty();
    }
}
