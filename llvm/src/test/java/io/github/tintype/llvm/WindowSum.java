package io.github.tintype.llvm;

import io.github.tintype.loop.template.DirectShape;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.tensor.HostTensor;
import java.util.Optional;

/** What a convolution means, in double: x [n,h,w,c], weight [o,kh,kw,c]. */
record WindowSum(DirectShape shape, HostTensor x, HostTensor weight) {
    /** The result [n,h',w',o] at an index. */
    double at(long index) {
        DirectShape.Window window = shape.window();
        long output = index % shape.o();
        long column = index / shape.o() % shape.outW();
        long row = index / shape.o() / shape.outW() % shape.outH();
        long image = index / shape.o() / shape.outW() / shape.outH();
        double sum = 0;
        for (long i = 0; i < window.high(); i++) {
            for (long j = 0; j < window.wide(); j++) {
                long y = row * window.stride() + i * window.dilation() - window.top();
                long z = column * window.stride() + j * window.dilation() - window.left();
                if (y < 0 || y >= shape.h() || z < 0 || z >= shape.w()) {
                    continue;
                }
                long pixel = ((image * shape.h() + y) * shape.w() + z) * shape.c();
                long step = ((output * window.high() + i) * window.wide() + j) * shape.c();
                for (long k = 0; k < shape.c(); k++) {
                    sum += x.getDouble(pixel + k) * weight.getDouble(step + k);
                }
            }
        }
        return sum;
    }

    /** Elements of what is added to the results. */
    static long addends(DirectShape shape, Optional<Other> other) {
        return shape.o()
                * other.map(form -> switch (form) {
                            case COLUMN -> 1L;
                            case IMAGE_COLUMN -> shape.n();
                            case ELEMENT -> shape.pixels();
                        })
                        .orElse(1L);
    }

    /** The one that is added to the result at an index. */
    long addend(Other other, long index) {
        return switch (other) {
            case COLUMN -> index % shape.o();
            case IMAGE_COLUMN -> index / (shape.pixels() / shape.n() * shape.o()) * shape.o() + index % shape.o();
            case ELEMENT -> index;
        };
    }
}
