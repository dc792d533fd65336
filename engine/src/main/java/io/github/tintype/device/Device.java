package io.github.tintype.device;

import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Something that computes. A device supports some ops for some types; a composite op that it doesn't support is decomposed, a
 * primitive that it doesn't support goes to the reference kernels. Reshape, permute, expand and slice are views wherever the layout
 * allows; what reaches a device as such is a copy.
 */
public interface Device extends AutoCloseable {
    /** E.g. {@code cpu}. */
    String name();

    /**
     * Everything that decides what this device says of ops, as short text: two devices of equal identities get equal graphs from the compiler's passes. By
     * default its name, which is enough for one whose answers never change.
     */
    default String identity() {
        return name();
    }

    /** What it keeps between processes of what is compiled for it, if anything. */
    default Optional<CacheUse> cache() {
        return Optional.empty();
    }

    /** Where this device and the engine on it take their memory from. */
    NativeMemory memory();

    /**
     * Whether it computes this op. Of a {@link ScaledDotProductAttentionOp} that is: by one of the {@link io.github.tintype.tensor.SdpaChoice#kernels
     * kernels of its choice}, in the order of the choice if that has a priority; where none of them can, it is decomposed, which is MATH.
     */
    boolean supports(Op op, List<TensorType> inputs, TensorType output);

    /**
     * What keeps this device from computing attention by a back end other than MATH, as the end of a message: {@code head_dim 512 > 256}; empty
     * if it can.
     */
    default Optional<String> lacks(
            SdpBackend backend, ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return Optional.of("the device \"%s\" has none".formatted(name()));
    }

    /**
     * The layout wanted for each input of a supported op; returning an operand's own layout takes it as it is. Where they differ the
     * planner puts a copy in between.
     */
    List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output);

    /** The kernel for inputs that lie as {@link #inputLayouts} asked for, made with the least effort. */
    Lowering lower(Op op, List<Operand> inputs, TensorType output);

    /** As {@link #lower(Op, List, TensorType)}, with what may be spent, where the device knows a difference. */
    default Lowering lower(Op op, List<Operand> inputs, TensorType output, Spending spending) {
        return lower(op, inputs, output);
    }

    /**
     * Whether the kernel that {@link #lower} gives for these inputs may find its output in the very memory of input {@code index}, of the
     * same type and layout, and still gives the same bits (of two NaNs, either). The planner asks where nobody needs the input any more.
     */
    default boolean computesInPlace(Op op, int index, List<Operand> inputs, TensorType output) {
        return false;
    }

    /** A kernel that copies a tensor of {@code type} from one layout into another. */
    Lowering copy(TensorType type, Layout from, Layout to);

    @Override
    void close();
}
