package io.github.tintype.app;

import io.github.tintype.capture.CompileException;
import io.github.tintype.code.cache.CacheFormatException;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.pipelines.NonFiniteException;
import io.github.tintype.pipelines.RequestException;
import io.github.tintype.quantization.QuantizationException;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.UnsupportedOpException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the user is told of an exception: one line and an exit code. */
record Failure(ExitCode exitCode, String line) {
    /** The table of all exceptions that can reach the command line. */
    static Failure of(Throwable problem) {
        return switch (problem) {
            case CliException e -> new Failure(e.exitCode(), message(e));
            case CancellationException e -> new Failure(ExitCode.INTERRUPTED, message(e));
            case ParameterException e -> new Failure(ExitCode.USAGE, usage(e));
            case DeviceException e ->
                switch (e.reason()) {
                    case MEMORY -> new Failure(ExitCode.MEMORY, message(e));
                    case NATIVE, COMPUTE -> new Failure(ExitCode.COMPUTE, message(e));
                };
            case UnsupportedOpException e -> new Failure(ExitCode.COMPUTE, message(e));
            case CompileException e -> new Failure(ExitCode.MODEL, message(e));
            case ShapeException e -> new Failure(ExitCode.MODEL, message(e));
            case ModelFormatException e -> new Failure(ExitCode.MODEL, message(e));
            case CacheFormatException e -> new Failure(ExitCode.MODEL, message(e));
            case RequestException e -> new Failure(ExitCode.USAGE, message(e));
            case QuantizationException e -> new Failure(ExitCode.USAGE, message(e));
            case NonFiniteException e -> new Failure(ExitCode.COMPUTE, message(e));
            case UncheckedIOException e ->
                new Failure(ExitCode.IO, e.getCause() instanceof FileSystemException cause ? io(cause) : message(e));
            case IOException e -> new Failure(ExitCode.IO, io(e));
            case OutOfMemoryError e ->
                new Failure(
                        ExitCode.MEMORY,
                        "out of memory (%s): a smaller picture or batch needs less".formatted(message(e)));
            default ->
                new Failure(
                        ExitCode.INTERNAL,
                        "internal error, please report it with --debug: " + Text.oneLine(problem.toString()));
        };
    }

    private static String message(Throwable e) {
        String message = e.getMessage();
        // Not cut like quoted input: our own messages may carry long paths.
        return message == null ? e.getClass().getSimpleName() : message.replaceAll("\\s*\\R\\s*", "; ");
    }

    /** Why a file system refused, without the file's name. */
    static String reason(IOException problem) {
        return switch (problem) {
            case NoSuchFileException _ -> "no such file or folder";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> message(problem);
        };
    }

    private static String io(IOException problem) {
        return switch (problem) {
            case NoSuchFileException e -> e.getFile() + ": no such file or folder";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": exists already (--force overwrites it)";
            case FileSystemException e ->
                e.getReason() == null ? message(e) : "%s: %s".formatted(e.getFile(), e.getReason());
            default -> message(problem);
        };
    }

    private static String usage(ParameterException problem) {
        return switch (problem) {
            case UnmatchedArgumentException e -> unmatched(e);
            case MissingParameterException e
            when !e.getMissing().isEmpty() ->
                "%s: expected a value, found none".formatted(name(e.getMissing().getFirst()));
            case OverwrittenOptionException e -> "%s: expected once, found twice".formatted(name(e.getOverwritten()));
            default -> message(problem);
        };
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String word = e.getUnmatched().getFirst();
        List<String> suggestions = e.getSuggestions();
        String hint = suggestions.isEmpty() ? "" : "; did you mean %s?".formatted(suggestions.getFirst());
        boolean option = word.startsWith("-");
        if (!option && e.getCommandLine().getParent() == null) {
            return "unknown command \"%s\": expected generate, doctor, info, package, quantize, bench or cache"
                    .formatted(Text.oneLine(word));
        }
        return "unknown %s \"%s\"%s".formatted(option ? "option" : "argument", Text.oneLine(word), hint);
    }

    private static String name(ArgSpec arg) {
        if (arg instanceof OptionSpec option) {
            return Arrays.stream(option.names())
                    .filter(n -> n.startsWith("--"))
                    .findFirst()
                    .orElse(option.longestName());
        }
        return arg.paramLabel();
    }
}
