package io.github.tintype.app;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The process: system properties, environment, signals. {@code ./tintype} starts it. */
public final class Main {
    /** How long Ctrl-C waits for the command to end between two kernels. */
    private static final long GRACE_MILLIS = 1500;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        StopFlag stop = new StopFlag();
        CountDownLatch finished = new CountDownLatch(1);
        // On SIGINT and SIGTERM the JVM runs this and then exits with 130 or 143, whatever main does meanwhile.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.raise();
            await(finished);
        }));
        int exitCode = cli(stop).run(args);
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

    private static Cli cli(StopFlag stop) {
        SecureRandom random = new SecureRandom();
        Environment environment = new Environment(
                Path.of(System.getProperty("tintype.home", "")).toAbsolutePath(), id -> Optional.empty(), version());
        return new Cli(
                System.out,
                System.err,
                environment,
                (request, progress, flag) -> {
                    throw new CliException(ExitCode.COMPUTE, "no pipeline is built in yet");
                },
                new Inspector() {
                    @Override
                    public List<String> model(Path folder) {
                        return List.of(folder.toString());
                    }

                    @Override
                    public List<String> cpu() {
                        return List.of();
                    }
                },
                () -> showsProgress() ? new ProgressBars(System.err) : Progress.SILENT,
                // 32 bits: all that the generator uses of a seed, and short enough to type again.
                () -> Integer.toUnsignedLong(random.nextInt()),
                stop);
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
