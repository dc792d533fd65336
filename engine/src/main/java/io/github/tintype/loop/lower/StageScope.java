package io.github.tintype.loop.lower;

import io.github.tintype.graph.Node;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.tensor.DType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A kernel that is being written, stage after stage: reductions of a row, then its results. What one stage keeps in a local row the
 * later ones read there.
 */
final class StageScope extends KernelScope {
    /** Rows up to this length are kept. */
    static final int KEPT = 8192;

    private static final Memory.Local ROW = new Memory.Local("row", DType.F32, KEPT);

    private final Map<Request, Value> results = new HashMap<>();
    private final Set<Request> toKeep;
    private final Set<Request> keptBefore = new HashSet<>();
    private final Set<Request> keptNow = new HashSet<>();
    private Optional<Index> row = Optional.empty();

    /** @param toKeep at most one, a function of a row */
    StageScope(Fusion fusion, ProgramArguments arguments, Set<Request> toKeep) {
        super(fusion, arguments);
        this.toKeep = toKeep;
    }

    List<Memory.Local> locals() {
        return toKeep.isEmpty() ? List.of() : List.of(ROW);
    }

    /** A stage begins whose innermost loop is at {@code index}. */
    void begin(Optional<Index> index) {
        row = index;
        keptBefore.addAll(keptNow);
    }

    void result(Request request, Value value) {
        results.put(request, value);
    }

    @Override
    Optional<Value> kept(Node node, List<Coordinate> at) {
        if (row.isEmpty() || !keptBefore.contains(new Request(node, at))) {
            return Optional.empty();
        }
        return Optional.of(builder().load(ROW, row.get()));
    }

    @Override
    void keep(Node node, List<Coordinate> at, Value value) {
        Request request = new Request(node, at);
        if (row.isPresent() && toKeep.contains(request) && keptNow.add(request)) {
            builder().store(ROW, row.get(), value);
        }
    }

    @Override
    Value reduction(Node node, List<Coordinate> at) {
        return Objects.requireNonNull(results.get(new Request(node, at)), "a reduction is read before it is made");
    }

    @Override
    Value groupNorm(Node node, List<Coordinate> at) {
        return NormTables.normalised(new Evaluator(this), this, node, at);
    }
}
