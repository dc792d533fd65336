package io.github.tintype.bench;

import io.github.tintype.benchmark.Residence;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Compiles graphs that all differ, runs each once and lets go of it: {@code --compiles N --every N --cache DIR}. Prints what is resident, in
 * Metaspace and on the Java heap, and how many images of code are mapped. The first tenth warms up; exit code 1 if anything has grown after it.
 * An empty directory as {@code --cache}, or what is found there isn't compiled.
 */
final class CompileSoak {
    /* What a JVM that has done the same thing a thousand times may still take: arenas of malloc, code of C2. */
    private static final long MOST_GROWTH = 64L << 20;
    private static final long MOST_METASPACE_GROWTH = 2L << 20;
    private static final int MOST_ROWS = 64;
    private static final int MOST_COLUMNS = 157;

    private record Use(long resident, long metaspace, long heap, long images) {
        static Use now() {
            System.gc(); // code goes when its kernels are garbage
            return new Use(
                    Residence.now().anonymous(),
                    pool("Metaspace"),
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    mapped());
        }

        private static long pool(String name) {
            return ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getName().equals(name))
                    .mapToLong((MemoryPoolMXBean pool) -> pool.getUsage().getUsed())
                    .sum();
        }

        /* Executable memory that is no file's: each image has one mapping, the JVM itself some for its own code. */
        private static long mapped() {
            try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
                return maps.filter(line -> line.contains(" r-xp ") && !line.contains("/"))
                        .count();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        boolean isFlatSince(Use before) {
            return resident - before.resident < MOST_GROWTH
                    && metaspace - before.metaspace < MOST_METASPACE_GROWTH
                    && images <= before.images + 2;
        }
    }

    private CompileSoak() {}

    public static void main(String[] args) {
        Options options = new Options(args);
        int compiles = options.integer("--compiles", 10_000);
        int every = options.integer("--every", 1000);
        Path cache = Path.of(options.required("--cache"));
        options.requireAllRead();
        boolean flat = true;
        try (Engine engine = Engine.on(
                CpuDevice.open(CpuDevice.Settings.here().withThreads(1).withCache(cache)))) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[MOST_ROWS * MOST_COLUMNS], MOST_ROWS, MOST_COLUMNS));
            Compiler compiler = new Compiler(engine, CompileListener.NONE);
            Use warm = Use.now();
            for (int i = 1; i <= compiles; i++) {
                int structure = i;
                try (Compiled<Tensor, Tensor> compiled =
                        compiler.compile("graph", in -> chain(in, structure), CompileOptions.DEFAULT)) {
                    compiled.call(x).toHost();
                }
                if (i % 50 == 0) {
                    System.gc();
                }
                if (i == Math.max(1, compiles / 10)) {
                    warm = Use.now();
                }
                if (i % every == 0 || i == compiles) {
                    Use now = Use.now();
                    flat = i < compiles / 10 || now.isFlatSince(warm);
                    System.out.printf(
                            "%d compiles: %.1f MiB resident, %.2f MiB Metaspace, %.1f MiB heap, %d images mapped%n",
                            i,
                            mebibytes(now.resident()),
                            mebibytes(now.metaspace()),
                            mebibytes(now.heap()),
                            now.images());
                }
            }
        }
        System.out.println(flat ? "flat" : "grown");
        System.exit(flat ? 0 : 1);
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    /* The digits of a number as operators, so that no two numbers have one program; and a product of the library's of sizes that hardly ever return. */
    private static Tensor chain(Tensor x, int structure) {
        Tensor result = x.slice(0, 0, 1 + structure % MOST_ROWS).slice(1, 0, 1 + structure / MOST_ROWS % MOST_COLUMNS);
        for (int rest = structure; rest > 0; rest /= 6) {
            result = switch (rest % 6) {
                case 0 -> result.tanh();
                case 1 -> result.silu();
                case 2 -> result.sigmoid();
                case 3 -> result.abs();
                case 4 -> result.neg().exp();
                default -> result.sin();
            };
        }
        Tensor rows = result.softmax(-1);
        return rows.matmul(rows.transpose(0, 1));
    }
}
