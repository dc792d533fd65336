package io.github.tintype.app;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tintype doctor}: what this machine offers and what is wrong with it. */
@Command(
        name = "doctor",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Checks Java, the native libraries and the model that comes along.")
final class DoctorCommand implements Callable<Integer> {
    /** Earlier builds of 25 can corrupt pinned heap arrays: JDK-8377811. */
    private static final Runtime.Version OLDEST_JAVA = Runtime.Version.parse("25.0.3");

    @Mixin
    @SuppressWarnings("UnusedVariable") // picocli fills it, Cli reads the words
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    DoctorCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        line("tintype", cli.environment().version() + " in " + cli.environment().home());
        Runtime runtime = Runtime.getRuntime();
        line("java", Runtime.version() + " (" + System.getProperty("java.home", "?") + ")");
        line(
                "machine",
                "%s %s, %d processors, heap of at most %d MiB"
                        .formatted(
                                System.getProperty("os.name", "?"),
                                System.getProperty("os.arch", "?"),
                                runtime.availableProcessors(),
                                runtime.maxMemory() >> 20));
        line("memory", "%,d MiB, the budget unless --memory-budget says less".formatted(MachineMemory.bytes() >> 20));
        List<String> cpu = cli.inspector().cpu(cli.environment().embeddedModel());
        cpu.forEach(l -> line("cpu", l));
        boolean cpuWorks = cpu.stream().noneMatch(l -> l.startsWith("FAILED"));
        Path model = cli.environment().embeddedModel();
        boolean modelFound = Files.isRegularFile(model.resolve("model_index.json"));
        line("model", (modelFound ? "" : "MISSING: ") + model);
        boolean javaFits = Runtime.version().compareToIgnoreOptional(OLDEST_JAVA) >= 0;
        if (!javaFits) {
            line("java", "TOO OLD: earlier builds than 25.0.3 can corrupt arrays (JDK-8377811)");
        }
        boolean headersSafe =
                !ManagementFactory.getRuntimeMXBean().getInputArguments().contains("-XX:+UseCompactObjectHeaders");
        if (!headersSafe) {
            line("java", "UNSAFE: -XX:+UseCompactObjectHeaders corrupts memory on Java 25 (JDK-8380060)");
        }
        if (!modelFound) {
            return ExitCode.MODEL.value();
        }
        return (javaFits && headersSafe && cpuWorks ? ExitCode.OK : ExitCode.COMPUTE).value();
    }

    private void line(String name, String text) {
        cli.out().println("%-8s %s".formatted(name, text));
    }
}
