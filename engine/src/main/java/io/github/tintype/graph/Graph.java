package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a traced forward computes.
 *
 * @param nodes everything that the outputs need, each after its inputs, in the order of a depth-first walk
 * @param outputs the results, nodes of {@code nodes}
 */
public record Graph(List<Node> nodes, List<Node> outputs) {
    public Graph {
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
    }

    /** The graph that computes {@code outputs}. */
    public static Graph of(List<Node> outputs) {
        return of(outputs, _ -> false);
    }

    /** The graph that computes {@code outputs} from leaves and from the nodes that {@code known} tells, whose inputs are left out. */
    public static Graph of(List<Node> outputs, Predicate<Node> known) {
        List<Node> order = new ArrayList<>();
        IdentityHashMap<Node, Boolean> done = new IdentityHashMap<>();
        Deque<Node> open = new ArrayDeque<>();
        for (Node output : outputs) {
            open.push(output);
            while (!open.isEmpty()) {
                Node node = open.peek();
                if (done.containsKey(node)) {
                    open.pop();
                    continue;
                }
                boolean ready = true;
                List<Node> inputs = known.test(node) ? List.of() : node.inputs();
                for (Node input : inputs.reversed()) {
                    if (!done.containsKey(input)) {
                        open.push(input);
                        ready = false;
                    }
                }
                if (ready) {
                    open.pop();
                    done.put(node, true);
                    order.add(node);
                }
            }
        }
        return new Graph(order, outputs);
    }

    /** The symbols that occur in sizes, sorted. */
    public Set<String> symbols() {
        Set<String> symbols = new TreeSet<>();
        for (Node node : nodes) {
            node.type().shape().dims().forEach(dim -> symbols.addAll(dim.symbols()));
        }
        return symbols;
    }

    /**
     * This graph with each symbol replaced by what {@code symbols} gives for it; types are inferred anew.
     *
     * @throws io.github.tintype.tensor.ShapeException if the operators don't take those sizes
     */
    public Graph substitute(Function<String, Dim> symbols) {
        if (symbols().isEmpty()) {
            return this;
        }
        IdentityHashMap<Node, Node> replaced = new IdentityHashMap<>();
        List<Node> order = new ArrayList<>(nodes.size());
        for (Node node : nodes) {
            List<Node> inputs = node.inputs().stream().map(replaced::get).toList();
            Node changed = Node.of(node.scope(), node.op().substitute(symbols), inputs);
            replaced.put(node, changed);
            order.add(changed);
        }
        return new Graph(order, outputs.stream().map(replaced::get).toList());
    }

    /** One line a node: {@code %3 = conv2d[stride=1,…](%0, %1): f32[1,320,64,64]  # down_blocks.0}. */
    @Override
    public String toString() {
        Map<Node, Integer> numbers = new HashMap<>();
        StringBuilder text = new StringBuilder();
        for (Node node : nodes) {
            numbers.put(node, numbers.size());
            text.append('%').append(numbers.get(node)).append(" = ").append(node.op());
            text.append(node.inputs().stream()
                    .map(input -> "%" + numbers.get(input))
                    .toList());
            text.append(": ").append(node.type());
            text.append(node.scope() == Scope.NONE ? "\n" : "  # " + node.scope() + "\n");
        }
        text.append("return ")
                .append(outputs.stream()
                        .map(output -> "%" + numbers.get(output))
                        .toList());
        return text.append('\n').toString();
    }
}
