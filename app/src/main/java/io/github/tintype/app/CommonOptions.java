package io.github.tintype.app;

import picocli.CommandLine.Option;

/** Options of every command. */
final class CommonOptions {
    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    boolean quiet;

    @Option(names = Cli.DEBUG, description = "Show the stack trace of an error.")
    boolean debug;
}
