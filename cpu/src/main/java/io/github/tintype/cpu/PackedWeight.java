package io.github.tintype.cpu;

import io.github.tintype.device.Packing;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** Turns a stored weight into a kernel's layout, whatever type it is stored in. */
final class PackedWeight {
    private PackedWeight() {}

    /** What a kernel does with the address of a plain weight: see {@link MatMul#pack} and {@link Convolution#pack}. */
    @FunctionalInterface
    interface Packer {
        void pack(long weights, DType from, long packed);
    }

    static Packing of(String key, long bytes, Packer packer) {
        return new Packing(key, bytes, (source, packed) -> pack(packer, source, packed));
    }

    private static void pack(Packer packer, HostTensor source, MemorySegment packed) {
        try {
            packer.pack(source.data().address(), source.type().dtype(), packed.address());
        } finally {
            Reference.reachabilityFence(source); // its memory goes when the collector finds it unused
        }
    }
}
