package io.github.tintype.loop.lower;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.lower.LoopPlan.Place;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The arguments of a program in the order in which they are first needed, with what one shape hands over. Names are made of that order, so
 * that equal structures are equal programs. An argument is known by what it is for, never by its value.
 */
final class ProgramArguments {
    private final Map<Object, Memory.Buffer> buffers = new LinkedHashMap<>();
    private final List<Place> places = new ArrayList<>();
    private final Map<Object, Argument.Size> sizes = new LinkedHashMap<>();
    private final Map<Argument.Size, Long> values = new HashMap<>();
    private final Map<Object, Argument.Scalar> scalars = new LinkedHashMap<>();
    private final List<Long> bits = new ArrayList<>();
    private final Schedule schedule;
    private long scratch;

    ProgramArguments(Schedule schedule) {
        this.schedule = schedule;
    }

    Schedule schedule() {
        return schedule;
    }

    Memory.Buffer input(int index, DType dtype) {
        return buffer("in" + index, dtype, new Place.Input(index));
    }

    Memory.Buffer output(DType dtype) {
        Optional<Argument.Scalar> past = switch (schedule) {
            case PROCESSOR -> Optional.of(scalar("past", ValueType.I32, 0));
            case GPU -> Optional.empty();
        };
        return buffer("out", dtype, past, new Place.Output());
    }

    Memory.Buffer scratch(String name, DType dtype, long elements) {
        Memory.Buffer known = buffers.get(name);
        if (known != null) {
            return known;
        }
        Memory.Buffer made = buffer(name, dtype, new Place.Scratch(scratch));
        scratch += NativeMemory.aligned(Math.multiplyExact(elements, dtype.bytes()));
        return made;
    }

    Memory.Buffer faults() {
        Memory.Buffer known = buffers.get("faults");
        if (known != null) {
            return known;
        }
        Memory.Buffer made = buffer("faults", DType.I32, new Place.Faults(scratch));
        scratch += NativeMemory.ALIGNMENT;
        return made;
    }

    private Memory.Buffer buffer(String name, DType dtype, Place place) {
        return buffer(name, dtype, Optional.empty(), place);
    }

    private Memory.Buffer buffer(String name, DType dtype, Optional<Argument.Scalar> past, Place place) {
        return buffers.computeIfAbsent(name, _ -> {
            places.add(place);
            return new Memory.Buffer(name, dtype, past);
        });
    }

    /** The argument for {@code purpose}, part of an index or of a bound; what is said there twice has one value. */
    Index size(Object purpose, long value) {
        return switch (schedule) {
            case PROCESSOR -> size(purpose, value, 1);
            case GPU -> size(purpose, value, multiple(value));
        };
    }

    /** The argument for {@code purpose}, which only counts points. */
    Index count(Object purpose, long value) {
        return switch (schedule) {
            case PROCESSOR -> size(purpose, value);
            case GPU -> size(List.of("count", purpose), value, 1);
        };
    }

    private Index size(Object purpose, long value, int multiple) {
        Argument.Size size = sizes.computeIfAbsent(purpose, _ -> new Argument.Size("n" + sizes.size(), multiple));
        values.put(size, value);
        return Index.of(size);
    }

    private static int multiple(long value) {
        int multiple = Statement.Deal.MOST_WIDTH;
        while (value % multiple != 0) {
            multiple /= 2;
        }
        return multiple;
    }

    Argument.Scalar scalar(Object purpose, ValueType type, double value) {
        return scalars.computeIfAbsent(purpose, _ -> {
            bits.add(
                    switch (type) {
                        case F32 -> Integer.toUnsignedLong(Float.floatToRawIntBits((float) value));
                        case F64 -> Double.doubleToRawLongBits(value);
                        case I32 -> Integer.toUnsignedLong((int) value);
                        case I64 -> (long) value;
                        case BOOL -> throw new Unsupported("a scalar of bool");
                    });
            return new Argument.Scalar("c" + scalars.size(), type);
        });
    }

    /** The plan of these kernels. Extents of grids have no counters. */
    LoopPlan plan(List<Kernel> kernels, List<Integer> inPlace) {
        Program program = new Program(
                "fused",
                List.copyOf(buffers.values()),
                List.copyOf(sizes.values()),
                List.copyOf(scalars.values()),
                kernels);
        List<Long> points = kernels.stream()
                .map(kernel -> kernel.grid().stream()
                        .mapToLong(axis -> value(axis.extent()))
                        .reduce(1, Math::multiplyExact))
                .toList();
        return new LoopPlan(
                program,
                places,
                sizes.values().stream()
                        .map(size -> Objects.requireNonNull(values.get(size)))
                        .toList(),
                bits,
                points,
                scratch,
                inPlace);
    }

    private long value(Index index) {
        return switch (index) {
            case Index.Constant(long value) -> value;
            case Index.Size(Argument.Size argument) -> Objects.requireNonNull(values.get(argument));
            case Index.Binary(Index.Kind kind, Index a, Index b) -> kind.apply(value(a), value(b));
            case Index.Counter _, Index.Data _ -> throw new IllegalArgumentException("extent " + index);
        };
    }
}
