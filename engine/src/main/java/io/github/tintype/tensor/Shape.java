package io.github.tintype.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The sizes of a tensor, outermost first. Rank 0 is a scalar. */
public record Shape(List<Dim> dims) {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(List.of());

    public Shape {
        dims = List.copyOf(dims);
    }

    public static Shape of(long... sizes) {
        return new Shape(Arrays.stream(sizes).mapToObj(Dim::of).toList());
    }

    public static Shape of(Dim... dims) {
        return new Shape(List.of(dims));
    }

    public int rank() {
        return dims.size();
    }

    /** The size of one axis; negative axes count from the end. @throws ShapeException if there is no such axis */
    public Dim dim(int axis) {
        return dims.get(axis(axis));
    }

    /** The size of one axis as a number. @throws ShapeException if there is no such axis, or it is symbolic */
    public long size(int axis) {
        return dim(axis).value();
    }

    /** {@code axis} counted from the front. @throws ShapeException if there is no such axis */
    public int axis(int axis) {
        int front = axis < 0 ? axis + rank() : axis;
        if (front < 0 || front >= rank()) {
            throw new ShapeException(
                    "axis: got %d for shape %s, wanted %d to %d".formatted(axis, this, -rank(), rank() - 1));
        }
        return front;
    }

    /** Whether every size is a number. */
    public boolean isFixed() {
        return dims.stream().allMatch(Dim::isFixed);
    }

    /** Number of elements, as an expression. */
    public Dim numel() {
        Dim product = Dim.ONE;
        for (Dim dim : dims) {
            product = product.times(dim);
        }
        return product;
    }

    /** Number of elements. @throws ShapeException if a size is symbolic; @throws ArithmeticException above 2⁶³−1 */
    public long elements() {
        long product = 1;
        for (Dim dim : dims) {
            product = Math.multiplyExact(product, dim.value());
        }
        return product;
    }

    /** The sizes as numbers. */
    public long[] sizes() {
        return dims.stream().mapToLong(Dim::value).toArray();
    }

    /** This shape with one axis replaced. */
    public Shape with(int axis, Dim dim) {
        List<Dim> changed = new ArrayList<>(dims);
        changed.set(axis(axis), dim);
        return new Shape(changed);
    }

    /** This shape where {@code symbols} gives each symbol's value. */
    public Shape evaluate(ToLongFunction<String> symbols) {
        if (isFixed()) {
            return this;
        }
        return new Shape(dims.stream().map(dim -> Dim.of(dim.evaluate(symbols))).toList());
    }

    /** This shape with each symbol replaced by what {@code symbols} gives for it. */
    public Shape substitute(Function<String, Dim> symbols) {
        if (isFixed()) {
            return this;
        }
        return new Shape(dims.stream().map(dim -> dim.substitute(symbols)).toList());
    }

    /** Element strides of a dense row-major tensor. */
    public long[] contiguousStrides() {
        long[] strides = new long[rank()];
        long step = 1;
        for (int i = rank() - 1; i >= 0; i--) {
            strides[i] = step;
            step = Math.multiplyExact(step, Math.max(1, size(i)));
        }
        return strides;
    }

    /**
     * The shape that {@code a} and {@code b} broadcast to (numpy's rule: aligned at the end, 1 stretches).
     *
     * @throws ShapeException if they don't; {@code what} names the operator
     */
    public static Shape broadcast(String what, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        List<Dim> result = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        for (int i = 1; i <= rank; i++) {
            Dim x = i <= a.rank() ? a.dim(-i) : Dim.ONE;
            Dim y = i <= b.rank() ? b.dim(-i) : Dim.ONE;
            if (!x.equals(y) && !x.is(1) && !y.is(1)) {
                throw UndecidedSizeException.unequal(
                        "%s: got %s and %s, wanted shapes that broadcast".formatted(what, a, b), x, y);
            }
            result.set(rank - i, x.is(1) ? y : x);
        }
        return new Shape(result);
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
