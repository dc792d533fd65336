package io.github.tintype.compile;

import static java.util.stream.Collectors.joining;

import io.github.tintype.compile.CallTree.Call;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.ViewOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The module calls of a graph that are compiled as regions, by a {@link RegionPolicy}, and which of them share a program. */
final class Regions {
    private final CallTree tree;
    private final IdentityHashMap<Call, RegionForm> forms = new IdentityHashMap<>();
    /* Keys are long: each distinct one is kept once, and known by its object. */
    private final Map<RegionKey, RegionKey> keys = new HashMap<>();
    private final IdentityHashMap<Call, RegionProgram> chosen = new IdentityHashMap<>();
    private final IdentityHashMap<RegionKey, RegionProgram> programs = new IdentityHashMap<>();
    private final List<RegionProgram> inOrder = new ArrayList<>();

    private Regions(CallTree tree) {
        this.tree = tree;
    }

    /** @throws IllegalArgumentException if the policy names classes of which the graph has none */
    static Regions of(Graph graph, RegionPolicy policy) {
        Regions regions = new Regions(new CallTree(graph));
        switch (policy) {
            case RegionPolicy.WholeGraph _ -> regions.chooseRepeated();
            case RegionPolicy.RepeatedBlocks(List<String> classes) -> regions.chooseClasses(classes);
            case RegionPolicy.ModuleLists _ -> regions.choose(new ModuleLists().parts(regions.tree.root()));
        }
        new SharedWeights(regions).mark();
        return regions;
    }

    static boolean isLeafOrView(Node node) {
        return node.op() instanceof LeafOp || node.op() instanceof ViewOp;
    }

    CallTree tree() {
        return tree;
    }

    /** Those that share a program know the same one. */
    List<RegionProgram> programs() {
        return List.copyOf(inOrder);
    }

    RegionForm form(Call call) {
        return forms.computeIfAbsent(call, unknown -> {
            RegionForm form = RegionForm.of(tree, unknown);
            return form.with(keys.computeIfAbsent(form.key(), key -> key));
        });
    }

    /** The program of a call that is a region of the rest, or of another program's first call. */
    RegionProgram program(Call region) {
        RegionProgram program = chosen.get(region);
        if (program == null) {
            throw new IllegalStateException("no region: " + region);
        }
        return program;
    }

    /** The outermost region strictly within {@code body} that {@code node} is part of. */
    Optional<Call> region(Node node, Call body) {
        Optional<Call> outermost = Optional.empty();
        for (Call call = tree.of(node); call != body && call != tree.root(); call = tree.parent(call)) {
            if (chosen.containsKey(call)) {
                outermost = Optional.of(call);
            }
        }
        return outermost;
    }

    /** The outermost regions strictly within {@code body}. */
    List<Call> regions(Call body) {
        List<Call> regions = new ArrayList<>();
        for (Call child : body.children()) {
            if (chosen.containsKey(child)) {
                regions.add(child);
            } else {
                regions.addAll(regions(child));
            }
        }
        return regions;
    }

    /** How many calls of the graph each program stands for, those inside of other programs' calls included. */
    Map<RegionProgram, Integer> occurrences() {
        Map<RegionProgram, Integer> counts = new HashMap<>();
        count(tree.root(), counts);
        return counts;
    }

    private void count(Call body, Map<RegionProgram, Integer> counts) {
        for (Call region : regions(body)) {
            RegionProgram program = program(region);
            counts.merge(program, 1, Integer::sum);
            count(program.first().call(), counts);
        }
    }

    private void choose(List<Call> calls) {
        for (Call call : calls) {
            RegionForm form = form(call);
            chosen.put(call, programs.computeIfAbsent(form.key(), _ -> {
                inOrder.add(new RegionProgram(form));
                return inOrder.getLast();
            }));
        }
    }

    /* From the outside inwards: what repeats in the whole graph, then what repeats in the programs found so far. */
    private void chooseRepeated() {
        Repeats repeats = new Repeats(this);
        List<Call> bodies = List.of(tree.root());
        while (!bodies.isEmpty()) {
            int known = inOrder.size();
            choose(repeats.in(bodies));
            bodies = inOrder.subList(known, inOrder.size()).stream()
                    .map(program -> program.first().call())
                    .toList();
        }
    }

    boolean isProgram(RegionKey key) {
        return programs.containsKey(key);
    }

    private void chooseClasses(List<String> classes) {
        List<Call> blocks = new ArrayList<>();
        addOfClass(tree.root(), classes, blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("regional compilation failed: there is no module of class %s in %s"
                    .formatted(
                            String.join(" or ", classes),
                            tree.root().children().stream()
                                    .map(Call::module)
                                    .distinct()
                                    .collect(joining(", "))));
        }
        choose(blocks);
    }

    private static void addOfClass(Call body, List<String> classes, List<Call> blocks) {
        for (Call child : body.children()) {
            if (classes.contains(child.module())) {
                blocks.add(child);
            } else {
                addOfClass(child, classes, blocks);
            }
        }
    }
}
