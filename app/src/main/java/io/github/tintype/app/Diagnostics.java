package io.github.tintype.app;

import io.github.tintype.benchmark.MemoryBandwidth;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.compile.Plan;
import io.github.tintype.graph.Graph;
import io.github.tintype.runtime.Profile;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the environment asks to be shown of compiling: {@code TINTYPE_DUMP}, a folder for graphs and plans, and {@code TINTYPE_DEBUG},
 * 1 to 4, for stderr. Each level adds to those below: 1 graphs and plans, a line each; 2 passes; 3 every kernel call of a plan;
 * 4 the time of each kind of kernel.
 */
final class Diagnostics implements CompileListener {
    private final int level;
    private final Optional<DumpFolder> dump;
    private final PrintStream err;

    private Diagnostics(int level, Optional<DumpFolder> dump, PrintStream err) {
        this.level = level;
        this.dump = dump;
        this.err = err;
    }

    /** @throws CliException for a value that isn't allowed */
    static Diagnostics of(Map<String, String> environment, PrintStream err) {
        return new Diagnostics(
                Optional.ofNullable(environment.get("TINTYPE_DEBUG"))
                        .map(Diagnostics::level)
                        .orElse(0),
                Optional.ofNullable(environment.get("TINTYPE_DUMP")).map(folder -> new DumpFolder(path(folder))),
                err);
    }

    private static int level(String value) {
        if (!value.matches("[0-4]")) {
            throw CliException.usage("TINTYPE_DEBUG", "0 to 4", value);
        }
        return Integer.parseInt(value);
    }

    private static Path path(String folder) {
        return RequestParser.path("TINTYPE_DUMP", folder);
    }

    /** Where kernels leave their times, if those are to be shown. */
    Optional<Profile> profile() {
        return level >= 4 ? Optional.of(new Profile()) : Optional.empty();
    }

    /** On stderr, beside what copying memory with so many threads reaches on this machine. */
    void show(Profile profile, int threads) {
        double bandwidth = MemoryBandwidth.measure(threads);
        err.printf("copying memory: %.1f GB/s read and written%n", bandwidth * 1e-9);
        err.print(profile.summary(bandwidth));
    }

    @Override
    public boolean hearsNothing() {
        return level == 0 && dump.isEmpty();
    }

    @Override
    public boolean followsPasses() {
        return level >= 2 || dump.isPresent();
    }

    @Override
    public void onTrace(String name, Graph graph) {
        if (level >= 1) {
            err.printf("%s: recorded, %d nodes%n", name, graph.nodes().size());
        }
        dump.ifPresent(folder -> folder.write(name, "trace", graph));
    }

    @Override
    public void onPass(String name, String pass, Graph before, Graph after) {
        if (level >= 2) {
            err.printf(
                    "%s: %s, %d → %d nodes%n",
                    name, pass, before.nodes().size(), after.nodes().size());
        }
        dump.ifPresent(folder -> folder.write(name, pass, after));
    }

    @Override
    public void onPlan(String name, Plan plan) {
        if (level >= 1) {
            err.printf(
                    "%s: planned, %d kernel calls, slab %,d bytes, weights %,d bytes%n",
                    name, plan.calls().size(), plan.slabBytes(), plan.weightBytes());
        }
        if (level >= 3) {
            err.print(plan);
        }
        dump.ifPresent(folder -> {
            folder.write(name, "plan", plan);
            plan.calls().stream()
                    .flatMap(call -> call.kernel().listings().stream())
                    .forEach(listing -> folder.writeOnce(listing.name(), listing.kind(), listing.text()));
        });
    }
}
