package io.github.tintype.compile;

/** An operand's place: {@code bytes} of {@code storage}, {@code offset} bytes after its begin. */
public record Reference(Storage storage, long offset, long bytes) {
    /** E.g. {@code slab@4096:256}: 256 bytes from byte 4096 on. */
    @Override
    public String toString() {
        return switch (storage) {
            case Storage.Slab(long begin) -> text("slab", begin + offset);
            case Storage.Input(int index) -> text("input" + index, offset);
            case Storage.Bound(int index) -> text("weight" + index, offset);
            case Storage.Constant(int index) -> text("constant" + index, offset);
            case Storage.Scalar(int index) -> text("scalar" + index, offset);
            case Storage.Output(int index) -> text("output" + index, offset);
        };
    }

    private String text(String memory, long from) {
        return memory + "@" + from + ":" + bytes;
    }
}
