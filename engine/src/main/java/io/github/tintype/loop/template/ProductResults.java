package io.github.tintype.loop.template;

import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of a product's sums on their way to memory: a bias and another tensor are added.
 *
 * @param y [m,n]
 * @param bias [n]
 */
record ProductResults(Memory.Buffer y, Optional<Memory.Buffer> bias, Optional<Addend> addend) {
    /** A tensor that is added, its form, and how many rows are of an image. */
    record Addend(Memory.Buffer buffer, Other form, Index rowsOfImage) {
        Index at(ProductBlocks.Result result) {
            return switch (form) {
                case COLUMN -> result.column();
                case IMAGE_COLUMN ->
                    result.row().dividedBy(rowsOfImage).times(result.width()).plus(result.column());
                case ELEMENT -> result.at();
            };
        }
    }

    /** Sums of the whole inner dimension. */
    void store(TileBuilder b, List<ProductBlocks.Result> results) {
        results.forEach(result -> b.store(y, result.at(), finished(b, result)));
    }

    /**
     * Sums of a part of the inner dimension, by its number: those of the first begin {@code y}, those of the others are added to it. A loop of one pass or none is what tells them
     * apart: so the first doesn't read what isn't there.
     */
    void store(TileBuilder b, Index part, List<ProductBlocks.Result> results) {
        Index one = Index.of(1);
        b.serial(part, one, _ -> store(b, results));
        b.serial(
                Index.of(0),
                part.min(one),
                _ -> results.forEach(result -> b.store(y, result.at(), b.add(result.total(), b.load(y, result.at())))));
    }

    private Value finished(TileBuilder b, ProductBlocks.Result result) {
        Optional<Value> of = bias.map(buffer -> b.load(buffer, result.column()));
        Optional<Value> added = addend.map(other -> {
                    Value value = b.load(other.buffer(), other.at(result));
                    return of.map(sum -> b.add(sum, value)).orElse(value);
                })
                .or(() -> of);
        return added.map(value -> b.add(result.total(), value)).orElse(result.total());
    }
}
