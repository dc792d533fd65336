package io.github.tintype.app;

import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.io.HubCache;
import io.github.tintype.runtime.Cancellation;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The process: system properties, environment, signals. {@code ./tintype} starts it. */
public final class Main {
    /**
     * How long Ctrl-C waits for the command to end by itself. Together with what the system takes to give 13 GiB back (measured: up to
     * 0.7 s), two seconds are not exceeded.
     */
    private static final long GRACE_MILLIS = 1000;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        Cancellation cancellation = new Cancellation();
        CountDownLatch finished = new CountDownLatch(1);
        // On SIGINT and SIGTERM the JVM runs this and then exits with 130 or 143, whatever main does meanwhile.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            cancellation.cancel();
            await(finished);
        }));
        int exitCode = cli(cancellation).run(args);
        System.err.flush();
        System.out.flush();
        finished.countDown();
        System.exit(exitCode);
    }

    private static void await(CountDownLatch finished) {
        try {
            finished.await(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Cli cli(Cancellation cancellation) {
        Supplier<Progress> progress = () -> Progress.SILENT;
        if (showsProgress()) {
            BarLine line = new BarLine(System.err);
            System.setErr(line.print()); // warnings and traces go there, whoever writes them
            progress = () -> new ProgressBars(line, System::nanoTime);
        }
        Environment environment = new Environment(
                Path.of(System.getProperty("tintype.home", "")).toAbsolutePath(),
                HubCache::find,
                CacheRoot.here(),
                version());
        return new Cli(
                System.out,
                new FileOutputStream(FileDescriptor.out),
                System.err,
                environment,
                new PipelineGenerator(System.getenv(), System.err),
                new PipelinePackager(),
                new PipelineQuantizer(),
                new PipelineCalibrator(),
                new ModelBenchmarker(environment, Clock.system(ZoneId.systemDefault())),
                new FolderInspector(),
                progress,
                // 32 bits: all that the generator uses of a seed, and short enough to type again.
                () -> Integer.toUnsignedLong(new SecureRandom().nextInt()),
                cancellation);
    }

    private static String version() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }

    /** Whether stderr is a terminal that wants to be redrawn. ./tintype looks at it: Java can't. */
    private static boolean showsProgress() {
        return Boolean.getBoolean("tintype.terminal")
                && System.getenv("NO_COLOR") == null
                && System.getenv("HF_HUB_DISABLE_PROGRESS_BARS") == null
                && !"dumb".equals(System.getenv("TERM"));
    }
}
