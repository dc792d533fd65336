package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.Reach;
import io.github.tintype.device.KernelArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@link PostOp.Operand}s as one slice of a kernel sees them. */
final class Operands {
    private Operands() {}

    /** Whether there are any. */
    static boolean in(List<PostOp> postOps) {
        return postOps.stream().anyMatch(PostOp.Operand.class::isInstance);
    }

    /** The post-ops of the slice's primitive, where {@code part} is what the slice sees of an operand. */
    static List<PostOp> sliced(List<PostOp> postOps, Function<Reach, MemoryDesc> part) {
        return postOps.stream()
                .map(postOp -> postOp instanceof PostOp.Operand(PostOp.BinaryOperation operation, Reach reach)
                        ? new PostOp.Binary(operation, part.apply(reach))
                        : postOp)
                .toList();
    }

    /** What the one operand reaches, if there is one. @throws IllegalStateException if there are more: kernels take one */
    static Optional<Reach> reach(List<PostOp> postOps) {
        List<Reach> reaches = new ArrayList<>();
        for (PostOp postOp : postOps) {
            if (postOp instanceof PostOp.Operand operand) {
                reaches.add(operand.reach());
            }
        }
        if (reaches.size() > 1) {
            throw new IllegalStateException("post-ops: got %d operands, wanted one at most".formatted(reaches.size()));
        }
        return reaches.stream().findFirst();
    }

    /** Its address, where it is a kernel's input {@code index}; 0 where there is none. */
    static long address(boolean there, KernelArguments arguments, int index) {
        return there ? arguments.inputAddress(index) : 0;
    }
}
