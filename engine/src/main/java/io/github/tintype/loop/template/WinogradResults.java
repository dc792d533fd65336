package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.Var;
import io.github.tintype.loop.template.WinogradTemplate.Buffer;
import io.github.tintype.loop.template.WinogradTemplate.Place;
import io.github.tintype.loop.template.WinogradTemplate.Size;
import io.github.tintype.tensor.DType;
import java.util.List;

/** The third kernel of a {@link WinogradTemplate}: each tile's sums of products become its results, with what is added to them. */
final class WinogradResults {
    private static final Index ZERO = Index.of(0);
    private static final Index ONE = Index.of(1);

    private final WinogradTemplate template;
    private final TileBuilder b = new TileBuilder();

    WinogradResults(WinogradTemplate template) {
        this.template = template;
    }

    Kernel kernel() {
        Var point = new Var("p0");
        Index p = Index.of(point);
        int side = template.form().result();
        Memory.Local collected = new Memory.Local("results", DType.F32, side * side * WinogradTemplate.COLLECTED);
        WinogradSteps steps = template.form().steps(b);
        Place place = template.place(size(Size.FIRST).plus(p));
        Index inside = WinogradTemplate.inside(place, side);
        b.serial(ZERO, inside, _ -> {
            Index y = Inside.within(place.y(), size(Size.H).minus(Index.of(side)));
            Index x = Inside.within(place.x(), size(Size.W).minus(Index.of(side)));
            Index corner = pixel(place.image(), y, x);
            b.vector(
                    size(Size.O),
                    lane -> template.twice(
                            steps::result,
                            (i, j) -> b.load(
                                    template.buffer(Buffer.M),
                                    template.part(i, j, p, Size.PADDED).plus(lane)),
                            (i, j, value) -> {
                                Index at = corner.plus(offset(i, j)).plus(lane);
                                b.store(template.buffer(Buffer.Y), at, finished(value, place.image(), lane, at));
                            }));
        });
        b.serial(
                inside,
                ONE,
                _ -> WinogradTemplate.blocks(b, size(Size.O), (begin, width) -> {
                    b.vector(
                            width,
                            lane -> template.twice(
                                    steps::result,
                                    (i, j) -> b.load(
                                            template.buffer(Buffer.M),
                                            template.part(i, j, p, Size.PADDED)
                                                    .plus(begin)
                                                    .plus(lane)),
                                    (i, j, value) -> b.store(
                                            collected,
                                            Index.of((long) (i * side + j) * WinogradTemplate.COLLECTED)
                                                    .plus(lane),
                                            value)));
                    results(collected, place, begin, width);
                }));
        return new Kernel("winograd_results", List.of(new Axis(point, size(Size.COUNT))), List.of(collected), b.body());
    }

    /* Those of a tile's results that are inside of the image. */
    private void results(Memory.Local collected, Place place, Index begin, Index width) {
        Index side = Index.of(template.form().result());
        b.serial(
                ZERO,
                size(Size.H).minus(place.y()).min(side),
                i -> b.serial(
                        ZERO,
                        size(Size.W).minus(place.x()).min(side),
                        j -> b.vector(width, lane -> {
                            Index channel = begin.plus(lane);
                            Index y = Inside.within(
                                    place.y().plus(i), size(Size.H).minus(ONE));
                            Index x = Inside.within(
                                    place.x().plus(j), size(Size.W).minus(ONE));
                            Index at = pixel(place.image(), y, x).plus(channel);
                            Index from = i.times(side).plus(j).times(Index.of(WinogradTemplate.COLLECTED));
                            Value sum = b.load(collected, from.plus(lane));
                            b.store(template.buffer(Buffer.Y), at, finished(sum, place.image(), channel, at));
                        })));
    }

    /* With what is added to it. */
    private Value finished(Value sum, Index image, Index channel, Index at) {
        Value whole = template.scales() ? b.mul(sum, b.load(template.buffer(Buffer.SCALE), ZERO)) : sum;
        Value y = template.bias() ? b.add(whole, b.load(template.buffer(Buffer.BIAS), channel)) : whole;
        return template.other()
                .map(added -> switch (added) {
                    case CHANNEL -> channel;
                    case IMAGE_CHANNEL -> image.times(size(Size.O)).plus(channel);
                    case ELEMENT -> at;
                })
                .map(of -> b.add(y, b.load(template.buffer(Buffer.OTHER), of)))
                .orElse(y);
    }

    /* Element 0 of a pixel of the result. */
    private static Index pixel(Index image, Index y, Index x) {
        return image.times(size(Size.H)).plus(y).times(size(Size.W)).plus(x).times(size(Size.O));
    }

    /* From a result to another one. */
    private static Index offset(int i, int j) {
        return size(Size.W).times(Index.of(i)).plus(Index.of(j)).times(size(Size.O));
    }
}
