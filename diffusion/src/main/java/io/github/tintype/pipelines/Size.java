package io.github.tintype.pipelines;

/** Height and width of a picture, in pixels. */
public record Size(int height, int width) {
    public Size {
        if (height < 1 || width < 1) {
            throw new RequestException("size: got %d × %d, wanted at least 1 × 1".formatted(height, width));
        }
    }
}
