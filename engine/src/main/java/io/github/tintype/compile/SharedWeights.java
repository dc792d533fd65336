package io.github.tintype.compile;

import io.github.tintype.compile.CallTree.Call;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the weights that regions of several programs, or a region and the rest, read. If one program brought such a weight into another
 * form, it would be in memory twice.
 */
final class SharedWeights {
    private static final int OUTSIDE = -1;

    /* Who reads a weight: a program, as its weight of a number, or the rest. */
    private record Place(Optional<RegionProgram> program, int number) {}

    private final Regions regions;

    SharedWeights(Regions regions) {
        this.regions = regions;
    }

    /** Tells the programs. */
    void mark() {
        boolean news = true;
        while (news) {
            news = mark(regions.tree().root(), Set.of());
            for (RegionProgram program : regions.programs()) {
                news |= mark(program.first().call(), program.readElsewhere());
            }
        }
    }

    private boolean mark(Call body, Set<DenseWeight> readElsewhere) {
        Map<DenseWeight, Set<Place>> places = places(body);
        boolean news = false;
        for (Call region : regions.regions(body)) {
            RegionProgram program = regions.program(region);
            List<DenseWeight> weights = regions.form(region).weights();
            for (int i = 0; i < weights.size(); i++) {
                DenseWeight weight = weights.get(i);
                if (readElsewhere.contains(weight)
                        || places.getOrDefault(weight, Set.of()).size() > 1) {
                    news |= program.share(i);
                }
            }
        }
        return news;
    }

    private Map<DenseWeight, Set<Place>> places(Call body) {
        Map<DenseWeight, Set<Place>> places = new HashMap<>();
        for (Node reader : regions.tree().graph().nodes()) {
            if (body.contains(regions.tree().of(reader))) {
                for (Node input : reader.inputs()) {
                    if (input.op() instanceof LeafOp.Parameter(Weight weight)) {
                        add(weight, regions.region(reader, body), places);
                    }
                }
            }
        }
        for (Node output : body.outputs()) {
            if (output.op() instanceof LeafOp.Parameter(Weight weight)) {
                add(weight, Optional.empty(), places);
            }
        }
        return places;
    }

    private void add(Weight weight, Optional<Call> region, Map<DenseWeight, Set<Place>> places) {
        for (DenseWeight part : new ArrayList<>(weight.parts())) {
            Place place = new Place(
                    region.map(regions::program),
                    region.map(call -> regions.form(call).weights().indexOf(part))
                            .orElse(OUTSIDE));
            places.computeIfAbsent(part, _ -> new HashSet<>()).add(place);
        }
    }
}
