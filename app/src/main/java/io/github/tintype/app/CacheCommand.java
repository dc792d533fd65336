package io.github.tintype.app;

import io.github.tintype.code.cache.CachedImage;
import io.github.tintype.code.cache.ImageCache;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tintype cache}: what generated code is kept on this machine. */
@Command(
        name = "cache",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Shows, checks or removes the generated code that is kept between runs.")
final class CacheCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneId.systemDefault());

    @Parameters(
            paramLabel = "list|verify|clear",
            description =
                    "list: each entry, its size, last use and what it is for; verify: check each; clear: remove all.")
    private String action = "";

    @Mixin
    @SuppressWarnings("UnusedVariable") // picocli fills it, Cli reads the words
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    CacheCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        ImageCache cache = ImageCache.under(cli.environment().cache());
        return (switch (action) {
                    case "list" -> list(cache);
                    case "verify" -> verify(cache);
                    case "clear" -> clear(cache);
                    default -> throw CliException.usage("cache", "list, verify or clear", action);
                })
                .value();
    }

    private ExitCode list(ImageCache cache) {
        List<CachedImage> entries = cache.inspect();
        entries.forEach(entry -> cli.out()
                .println("%10s  %s  %s".formatted(size(entry.bytes()), TIME.format(entry.lastUse()), what(entry))));
        cli.out().println(total(entries, cache));
        return ExitCode.OK;
    }

    /* Damaged entries harm nobody, they are compiled anew; a script still wants to know of a disk that loses bits. */
    private ExitCode verify(ImageCache cache) {
        List<CachedImage> entries = cache.inspect();
        List<CachedImage> damaged =
                entries.stream().filter(CacheCommand::isDamaged).toList();
        damaged.forEach(entry -> cli.out().println(what(entry)));
        cli.out().println("%s, %d damaged".formatted(total(entries, cache), damaged.size()));
        return damaged.isEmpty() ? ExitCode.OK : ExitCode.IO;
    }

    private ExitCode clear(ImageCache cache) {
        ImageCache.Cleared cleared = cache.clear();
        cli.out().println("removed %s, %s".formatted(count(cleared.entries()), size(cleared.bytes())));
        return ExitCode.OK;
    }

    private static boolean isDamaged(CachedImage entry) {
        return switch (entry.content()) {
            case CachedImage.Whole _ -> false;
            case CachedImage.Damaged _ -> true;
        };
    }

    private static String what(CachedImage entry) {
        return switch (entry.content()) {
            case CachedImage.Whole whole -> whole.key().toString();
            case CachedImage.Damaged(String reason) -> "DAMAGED %s: %s".formatted(entry.file(), reason);
        };
    }

    private static String total(List<CachedImage> entries, ImageCache cache) {
        long bytes = entries.stream().mapToLong(CachedImage::bytes).sum();
        return "%s, %s in %s".formatted(count(entries.size()), size(bytes), cache.folder());
    }

    private static String count(int entries) {
        return entries == 1 ? "1 entry" : entries + " entries";
    }

    private static String size(long bytes) {
        return bytes < 10 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024));
    }
}
