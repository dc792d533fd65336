package io.github.tintype.io;

import java.util.List;

/** One tensor of a safetensors header, checked: {@code [begin, end)} counts bytes from the end of the header. */
record StoredTensor(String name, StoredType stored, List<Long> shape, long begin, long end) {
    StoredTensor {
        shape = List.copyOf(shape);
    }

    long bytes() {
        return end - begin;
    }
}
