package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.Reach;
import io.github.tintype.device.KernelArguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

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

    /** Their addresses, in order, where they are a kernel's inputs from {@code first} on. */
    static long[] addresses(List<PostOp> postOps, KernelArguments arguments, int first) {
        long[] addresses = new long
                [(int) postOps.stream().filter(PostOp.Operand.class::isInstance).count()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = arguments.input(first + i).address();
        }
        return addresses;
    }

    /**
     * {@code own}, the addresses of a primitive's other arguments, and after them where the slice's parts of the operands begin.
     *
     * @param offset bytes from the begin of an operand to the slice's part
     */
    static long[] after(List<PostOp> postOps, long[] operands, ToLongFunction<Reach> offset, long... own) {
        if (operands.length == 0) {
            return own;
        }
        long[] all = Arrays.copyOf(own, own.length + operands.length);
        List<Reach> reaches = new ArrayList<>(operands.length);
        for (PostOp postOp : postOps) {
            if (postOp instanceof PostOp.Operand operand) {
                reaches.add(operand.reach());
            }
        }
        for (int i = 0; i < operands.length; i++) {
            all[own.length + i] = operands[i] + offset.applyAsLong(reaches.get(i));
        }
        return all;
    }
}
