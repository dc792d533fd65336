package io.github.tintype.loop.lower;

import io.github.tintype.graph.Node;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.tensor.DType;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

    private final Map<Request, Value> results = new HashMap<>();
    private final Map<Request, Memory.Local> toKeep = new LinkedHashMap<>();
    private final Set<Request> keptBefore = new HashSet<>();
    private final Set<Request> keptNow = new HashSet<>();
    private Optional<Index> row = Optional.empty();

    /** @param toKeep functions of a row; at most one on a processor */
    StageScope(Fusion fusion, ProgramArguments arguments, Dealing dealing, Collection<Request> toKeep) {
        super(fusion, arguments, dealing);
        for (Request request : toKeep) {
            this.toKeep.put(
                    request,
                    dealing.team().isEmpty()
                            ? new Memory.Local("row", DType.F32, KEPT)
                            : new Memory.Local(
                                    "row" + this.toKeep.size(),
                                    DType.F32,
                                    dealing.registers(),
                                    Memory.Local.Where.REGISTERS));
        }
    }

    List<Memory.Local> locals() {
        return List.copyOf(toKeep.values());
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
        Request request = new Request(node, at);
        if (row.isEmpty() || !keptBefore.contains(request)) {
            return Optional.empty();
        }
        return Optional.of(builder().load(Objects.requireNonNull(toKeep.get(request)), row.get()));
    }

    @Override
    void keep(Node node, List<Coordinate> at, Value value) {
        Request request = new Request(node, at);
        Memory.Local memory = toKeep.get(request);
        if (row.isPresent() && memory != null && keptNow.add(request)) {
            builder().store(memory, row.get(), value);
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
