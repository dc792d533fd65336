package io.github.tintype.app;

import io.github.tintype.capture.Mode;
import io.github.tintype.runtime.Cancellation;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line without a process around it: words in, exit code out.
 *
 * @param out gets what info, doctor, cache and help say
 * @param stdout the same place for results, paths or a picture; its failures are not hidden
 * @param err gets progress, and one line for an error
 * @param progress makes the progress display of one command
 * @param drawSeed the seed of a request that names none
 * @param cancellation requested by Ctrl-C
 */
record Cli(
        PrintStream out,
        OutputStream stdout,
        PrintStream err,
        Environment environment,
        Generator generator,
        Packager packager,
        ModelQuantizer quantizer,
        Calibrator calibrator,
        Benchmarker benchmarker,
        Inspector inspector,
        Supplier<Progress> progress,
        LongSupplier drawSeed,
        Cancellation cancellation) {
    /** Shows stack traces. */
    static final String DEBUG = "--debug";

    @Command(
            name = "tintype",
            mixinStandardHelpOptions = true,
            description = "Draws pictures with diffusion models, on the JVM.",
            footer = {"", "Example: tintype generate \"a red rocket in space\" -o rocket.png --seed 7"})
    private static final class Top {}

    /** Runs one command, without ever throwing, and returns the exit code of the process. */
    int run(String... args) {
        CommandLine commandLine = new CommandLine(new Top());
        commands(args).forEach(commandLine::addSubcommand);
        commandLine
                .setExpandAtFiles(false) // a prompt may begin with @
                .setAllowOptionsAsOptionParameters(false)
                .setOut(new java.io.PrintWriter(out, true, java.nio.charset.StandardCharsets.UTF_8))
                .setExecutionExceptionHandler((e, c, p) -> report(e, args))
                .setParameterExceptionHandler((e, a) -> report(e, args));
        commandLine.getCommandSpec().versionProvider(() -> new String[] {"tintype " + environment.version()});
        commandLine
                .getSubcommands()
                .values()
                .forEach(c ->
                        c.getCommandSpec().versionProvider(() -> new String[] {"tintype " + environment.version()}));
        try {
            if (args.length == 0) {
                commandLine.usage(err);
                return ExitCode.USAGE.value();
            }
            return commandLine.execute(withModes(args));
        } catch (OutOfMemoryError | StackOverflowError e) {
            return report(e, args);
        }
    }

    /* Those that may be meant: picocli looks at all options of each, which takes 0.13 s of a processor for seven. */
    private Map<String, Callable<Integer>> commands(String... args) {
        Map<String, Supplier<Callable<Integer>>> all = new LinkedHashMap<>();
        all.put("generate", () -> new GenerateCommand(this));
        all.put("doctor", () -> new DoctorCommand(this));
        all.put("info", () -> new InfoCommand(this));
        all.put("package", () -> new PackageCommand(this));
        all.put("quantize", () -> new QuantizeCommand(this));
        all.put("calibrate", () -> new CalibrateCommand(this));
        all.put("bench", () -> new BenchCommand(this));
        all.put("cache", () -> new CacheCommand(this));
        if (args.length > 0 && all.containsKey(args[0])) {
            all.keySet().retainAll(List.of(args[0]));
        }
        Map<String, Callable<Integer>> commands = new LinkedHashMap<>();
        all.forEach((name, command) -> commands.put(name, command.get()));
        return commands;
    }

    /* An optional value of its own would swallow the prompt: tintype generate --compile "a red rocket". */
    private static String[] withModes(String... args) {
        return Arrays.stream(args)
                .map(word -> word.equals("--compile") ? "--compile=" + Mode.DEFAULT : word)
                .toArray(String[]::new);
    }

    private int report(Throwable problem, String... args) {
        Failure failure = Failure.of(problem);
        err.println("tintype: " + failure.line());
        if (Arrays.asList(args).contains(DEBUG)) {
            problem.printStackTrace(err);
        }
        return failure.exitCode().value();
    }
}
