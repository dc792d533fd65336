package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.ValueType;

/** What the threads of a warp or a block do with each other. All of them get here together. */
final class WarpExchange {
    private static final String ALL = "-1";
    private static final String WHOLE_WARP = "31";

    private final Emitter e;

    WarpExchange(Emitter e) {
        this.e = e;
    }

    /** All threads of the block. */
    void barrier() {
        e.require(Features.Feature.BARRIER);
        e.declare("declare void @llvm.nvvm.barrier0() #1");
        e.line("call void @llvm.nvvm.barrier0()");
    }

    /** The value of the thread that stands {@code distance} further on in the warp; past its end, one's own. */
    String down(ValueType type, String value, int distance) {
        return shuffle("down", type, value, distance);
    }

    /** The value of the warp's first thread. */
    String first(ValueType type, String value) {
        return shuffle("idx", type, value, 0);
    }

    private String shuffle(String how, ValueType type, String value, int by) {
        return switch (type) {
            case I32 -> word(how, value, by);
            case F32 -> {
                String bits = e.emit("bitcast float {} to i32", value);
                yield e.emit("bitcast i32 {} to float", word(how, bits, by));
            }
            case I64 -> halves(how, value, by);
            case F64 -> {
                String bits = e.emit("bitcast double {} to i64", value);
                yield e.emit("bitcast i64 {} to double", halves(how, bits, by));
            }
            case BOOL -> throw new IllegalArgumentException("shuffle of " + llvm(type));
        };
    }

    private String halves(String how, String value, int by) {
        String low = word(how, e.emit("trunc i64 {} to i32", value), by);
        String high = word(how, e.emit("trunc i64 {} to i32", e.emit("lshr i64 {}, 32", value)), by);
        String moved = e.emit("shl i64 {}, 32", e.emit("zext i32 {} to i64", high));
        return e.emit("or i64 {}, {}", moved, e.emit("zext i32 {} to i64", low));
    }

    private String word(String how, String value, int by) {
        String name = "@llvm.nvvm.shfl.sync.%s.i32".formatted(how);
        e.require(Features.Feature.SHUFFLE);
        e.declare("declare i32 %s(i32, i32, i32, i32) #1".formatted(name));
        return e.emit("call i32 {}(i32 {}, i32 {}, i32 {}, i32 {})", name, ALL, value, by, WHOLE_WARP);
    }
}
