package io.github.tintype.app;

import io.github.tintype.code.cache.CachedEntry;
import io.github.tintype.code.cache.CompileCache;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tintype cache}: what of compiling is kept on this machine. */
@Command(
        name = "cache",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Shows, checks or removes what compiling made and is kept between runs.")
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
        CompileCache cache = CompileCache.under(cli.environment().cache());
        return (switch (action) {
                    case "list" -> list(cache);
                    case "verify" -> verify(cache);
                    case "clear" -> clear(cache);
                    default -> throw CliException.usage("cache", "list, verify or clear", action);
                })
                .value();
    }

    private ExitCode list(CompileCache cache) {
        List<CachedEntry> entries = cache.inspect();
        entries.forEach(entry -> cli.out()
                .println("%10s  %s  %s".formatted(size(entry.bytes()), TIME.format(entry.lastUse()), what(entry))));
        cli.out().println(total(entries, cache));
        return ExitCode.OK;
    }

    /* Damaged entries harm nobody, they are compiled anew; a script still wants to know of a disk that loses bits. */
    private ExitCode verify(CompileCache cache) {
        List<CachedEntry> entries = cache.inspect();
        List<CachedEntry> damaged =
                entries.stream().filter(CacheCommand::isDamaged).toList();
        damaged.forEach(entry -> cli.out().println(what(entry)));
        cli.out().println("%s, %d damaged".formatted(total(entries, cache), damaged.size()));
        return damaged.isEmpty() ? ExitCode.OK : ExitCode.IO;
    }

    private ExitCode clear(CompileCache cache) {
        CompileCache.Cleared cleared = cache.clear();
        cli.out().println("removed %s, %s".formatted(count(cleared.entries()), size(cleared.bytes())));
        return ExitCode.OK;
    }

    private static boolean isDamaged(CachedEntry entry) {
        return switch (entry.content()) {
            case CachedEntry.Whole _ -> false;
            case CachedEntry.Damaged _ -> true;
        };
    }

    private static String what(CachedEntry entry) {
        return switch (entry.content()) {
            case CachedEntry.Whole whole -> whole.key().toString();
            case CachedEntry.Damaged(String reason) -> "DAMAGED %s: %s".formatted(entry.file(), reason);
        };
    }

    private static String total(List<CachedEntry> entries, CompileCache cache) {
        long bytes = entries.stream().mapToLong(CachedEntry::bytes).sum();
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
