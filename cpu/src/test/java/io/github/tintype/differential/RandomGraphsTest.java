package io.github.tintype.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Node;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Random graphs, optimised, against their meaning in double: at most m times as far from it as the same graph op by op, see {@link Nearness}.
 * And generated code gives the interpreter's bits. {@code -Dtintype.differential.graphs=5000} takes more graphs, {@code …compiled=1} compiles
 * the loops of each, {@code …first=N} begins with another seed.
 */
class RandomGraphsTest {
    private static final int GRAPHS = Integer.getInteger("tintype.differential.graphs", 500);
    private static final int FIRST = Integer.getInteger("tintype.differential.first", 0);
    /* Compiling takes most of the time. Of the others the interpreted loops are compared. */
    private static final int EACH = Integer.getInteger("tintype.differential.compiled", 8);
    /* A device keeps the library's kernels of all sizes that it has seen. */
    private static final int GRAPHS_OF_A_DEVICE = 250;
    private static final int THREADS = 2;
    /* So many are like any others on average. */
    private static final int MANY = 100;

    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Integer> kinds = Collections.synchronizedMap(new TreeMap<>());
    private final AtomicInteger loops = new AtomicInteger();

    @Test
    void compiledGraphsAreAsNearToTheTruthAsTheirOps() {
        for (int from = FIRST; from < FIRST + GRAPHS; from += GRAPHS_OF_A_DEVICE) {
            try (Runner runner = new Runner(THREADS)) {
                IntStream.range(from, Math.min(from + GRAPHS_OF_A_DEVICE, FIRST + GRAPHS))
                        .parallel()
                        .forEach(seed -> check(runner, seed));
            }
        }
        Collections.sort(sizes);
        int median = sizes.get(sizes.size() / 2);
        System.out.printf(
                "%d random graphs, %d operators, %d in the median, %d fused loops%n%s%n",
                GRAPHS, sizes.stream().mapToInt(size -> size).sum(), median, loops.get(), kinds);
        assertThat(failures).isEmpty();
        assertThat(sizes.getFirst()).isGreaterThanOrEqualTo(8);
        if (GRAPHS >= MANY) {
            assertThat(median).isGreaterThanOrEqualTo(20);
            assertThat(loops.get()).isGreaterThan(2 * GRAPHS);
        }
    }

    private void check(Runner runner, int seed) {
        try {
            DrawnGraph.Drawn drawn = DrawnGraph.of(seed);
            count(drawn);
            Comparison comparison = Comparison.of(runner, drawn.graph(), drawn.inputs(), seed % EACH == 0);
            comparison.problems().forEach(problem -> failures.add("seed %d, %s".formatted(seed, problem)));
            for (Node node : comparison.optimized().nodes()) {
                loops.addAndGet(node.op() instanceof FusedOp ? 1 : 0);
            }
        } catch (RuntimeException | AssertionError e) {
            failures.add("seed %d: %s".formatted(seed, stack(e)));
        }
    }

    private static String stack(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private void count(DrawnGraph.Drawn drawn) {
        List<Node> operators = drawn.operators();
        sizes.add(operators.size());
        operators.forEach(node -> kinds.merge(node.op().name(), 1, Integer::sum));
    }
}
