package io.github.tintype.capture;

import io.github.tintype.tensor.TensorType;
import java.util.BitSet;
import java.util.List;

/** The sizes of arguments of one form at earlier compilations, and which of them have been different ones. */
final class SeenSizes {
    private final List<TensorType> first;
    private final BitSet[] changed;

    SeenSizes(List<TensorType> first) {
        this.first = List.copyOf(first);
        this.changed = new BitSet[first.size()];
        for (int i = 0; i < changed.length; i++) {
            changed[i] = new BitSet();
        }
    }

    void add(List<TensorType> types) {
        for (int i = 0; i < changed.length; i++) {
            for (int axis = 0; axis < first.get(i).shape().rank(); axis++) {
                if (first.get(i).shape().size(axis) != types.get(i).shape().size(axis)) {
                    changed[i].set(axis);
                }
            }
        }
    }

    boolean isOpen(int argument, int axis) {
        return changed[argument].get(axis);
    }
}
