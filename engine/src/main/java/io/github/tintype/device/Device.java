package io.github.tintype.device;

import io.github.tintype.graph.Op;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/**
 * Something that computes. A device supports some ops for some types; a composite op that it doesn't support is decomposed, a
 * primitive that it doesn't support goes to the reference kernels. Reshape, permute, expand and slice are views wherever the layout
 * allows; what reaches a device as such is a copy.
 */
public interface Device extends AutoCloseable {
    /** E.g. {@code cpu}. */
    String name();

    /** Where this device and the engine on it take their memory from. */
    NativeMemory memory();

    boolean supports(Op op, List<TensorType> inputs, TensorType output);

    /**
     * The layout wanted for each input of a supported op; returning an operand's own layout takes it as it is. Where they differ the
     * planner puts a copy in between.
     */
    List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output);

    /** The kernel for inputs that lie as {@link #inputLayouts} asked for. */
    Lowering lower(Op op, List<Operand> inputs, TensorType output);

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
