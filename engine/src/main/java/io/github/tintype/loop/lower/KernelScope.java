package io.github.tintype.loop.lower;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What an {@link Evaluator} asks for: where axes are, what lies in memory, and what is computed by other loops. */
abstract class KernelScope {
    /** A reduction at coordinates: one result for each point of the grid. */
    record Request(Node node, List<Coordinate> at) {
        Request {
            at = List.copyOf(at);
        }
    }

    private final Fusion fusion;
    private final ProgramArguments arguments;
    private final Dealing dealing;
    private final BodyBuilder builder = new BodyBuilder();
    private final Map<LoopAxis, Group> groups = new HashMap<>();
    private final Map<Group, Index> places = new HashMap<>();
    private final List<Access> accesses = new ArrayList<>();
    private final Set<LoopAxis> fixed = new HashSet<>();

    KernelScope(Fusion fusion, ProgramArguments arguments, Dealing dealing) {
        this.fusion = fusion;
        this.arguments = arguments;
        this.dealing = dealing;
    }

    BodyBuilder builder() {
        return builder;
    }

    ProgramArguments arguments() {
        return arguments;
    }

    /** How the elements of the kernel are shared out. */
    Dealing dealing() {
        return dealing;
    }

    Fusion fusion() {
        return fusion;
    }

    List<Access> accesses() {
        return accesses;
    }

    /** Axes that need a loop of their own. */
    Set<LoopAxis> fixed() {
        return fixed;
    }

    /** A group is at {@code index} now. */
    void place(Group group, Index index) {
        group.axes().forEach(axis -> groups.put(axis, group));
        places.put(group, index);
    }

    /** Where a group is; a scope that only surveys makes a place up. */
    Group group(LoopAxis axis) {
        return Objects.requireNonNull(groups.get(axis), () -> "no loop over " + axis);
    }

    boolean isPlaced(LoopAxis axis) {
        return groups.containsKey(axis);
    }

    Index place(Group group) {
        return Objects.requireNonNull(places.get(group));
    }

    /** How many places a group has. */
    Index extent(Group group) {
        return arguments.size(List.of("extent", group), group.extent());
    }

    /** As {@link #extent}, for an axis of the grid. */
    Index points(Group group) {
        return arguments.count(List.of("extent", group), group.extent());
    }

    /** A value that was kept for this place. */
    abstract Optional<Value> kept(Node node, List<Coordinate> at);

    abstract void keep(Node node, List<Coordinate> at, Value value);

    abstract Value reduction(Node node, List<Coordinate> at);

    abstract Value groupNorm(Node node, List<Coordinate> at);

    Value scalar(Node node, LeafOp.Scalar scalar) {
        return fusion.isStep(node)
                ? builder.scalar(arguments.scalar(node, ValueType.of(scalar.dtype()), scalar.value()))
                : builder.number(ValueType.of(scalar.dtype()), scalar.value());
    }

    /** A number that depends on sizes. */
    Value constant(float value) {
        return builder.scalar(arguments.scalar(new Object(), ValueType.F32, value));
    }

    Memory.Buffer faults() {
        return arguments.faults();
    }

    Index size(long value) {
        return arguments.size(new Object(), value);
    }

    List<Coordinate> beforeReshape(long[] from, long[] to, List<Coordinate> at) {
        return Reshapes.before(from, to, at, fusion.axes(), this::index, this::size);
    }

    /** A coordinate as a number. Its axes get loops of their own. */
    Index index(Coordinate coordinate) {
        Index sum = coordinate.general().orElse(Index.of(0));
        long weight = 1;
        for (LoopAxis digit : coordinate.digits().reversed()) {
            fixed.add(digit);
            Index place = place(group(digit));
            sum = sum.plus(weight == 1 ? place : place.times(arguments.size(List.of("weight", digit, weight), weight)));
            weight *= digit.extent();
        }
        return coordinate.offset() == 0 ? sum : sum.plus(size(coordinate.offset()));
    }

    Value loadInput(int index, TensorType type, List<Coordinate> at) {
        Access access = access(index, fusion.layouts().get(index), at);
        return builder.load(arguments.input(index, type.dtype()), index(access));
    }

    /** What an access of an operand reads. */
    Memory.Buffer input(Access access) {
        DType dtype = fusion.inputs().get(access.operand()).dtype();
        return arguments.input(access.operand(), dtype);
    }

    /** Fetches what an access of an operand reads where the groups are now. */
    void fetch(Access access) {
        builder.add(new Statement.Prefetch(input(access), index(access)));
    }

    /** How an operand laid out so moves over the axes. */
    Access access(int operand, Layout layout, List<Coordinate> at) {
        Map<LoopAxis, Long> strides = new LinkedHashMap<>();
        List<Access.General> general = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < at.size(); i++) {
            Coordinate coordinate = at.get(i);
            long stride = layout.stride(i);
            offset += coordinate.offset() * stride;
            coordinate.general().ifPresent(index -> general.add(new Access.General(index, stride)));
            long weight = stride;
            for (LoopAxis digit : coordinate.digits().reversed()) {
                strides.merge(digit, weight, Long::sum);
                weight = Math.multiplyExact(weight, digit.extent());
            }
        }
        return new Access(operand, strides, offset, general);
    }

    /** The element of an access, here. */
    Index index(Access access) {
        accesses.add(access);
        Index sum = access.offset() == 0
                ? Index.of(0)
                : arguments.size(List.of("offset", access.operand(), access.offset()), access.offset());
        Set<Group> seen = new HashSet<>();
        for (LoopAxis axis : access.strides().keySet()) {
            Group group = group(axis);
            long stride = access.stride(group.axes().getLast());
            if (stride != 0 && seen.add(group)) {
                Index place = place(group);
                sum = sum.plus(
                        stride == 1
                                ? place
                                : place.times(
                                        arguments.size(List.of("stride", access.operand(), group, stride), stride)));
            }
        }
        for (Access.General general : access.general()) {
            if (general.stride() != 0) {
                sum = sum.plus(
                        general.stride() == 1
                                ? general.index()
                                : general.index().times(size(general.stride())));
            }
        }
        return sum;
    }
}
