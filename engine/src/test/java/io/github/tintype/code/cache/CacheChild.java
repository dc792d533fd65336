package io.github.tintype.code.cache;

import io.github.tintype.code.Image;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process that uses a cache as a device does; its images are never executed. Ends with 0 if all was as it must be. */
final class CacheChild {
    static final int KEYS = 8;
    static final int BYTES = 40_000;

    private CacheChild() {}

    public static void main(String[] args) {
        CompileCache cache = new CompileCache(Path.of(args[1]), Long.parseLong(args[2]));
        switch (args[0]) {
            case "use" -> use(cache);
            case "store-once" -> System.out.println(cache.store(Samples.KEY, Samples.image(Samples.KEY, BYTES)));
            case "store-for-ever" -> {
                for (int i = 0; ; i++) {
                    if (i == KEYS) {
                        System.out.println("all are stored once");
                    }
                    ImageKey key = Samples.key(Integer.toString(i % KEYS));
                    cache.store(key, Samples.image(key, BYTES));
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /* Finds or "compiles" each image, twice, and compares it with what it must be. */
    private static void use(CompileCache cache) {
        for (int i = 0; i < 2 * KEYS; i++) {
            ImageKey key = Samples.key(Integer.toString(i % KEYS));
            Image wanted = Samples.image(key, BYTES);
            switch (cache.find(key)) {
                case Lookup.Hit<Image>(Image image) -> check(image.equals(wanted), "another image for " + key);
                case Lookup.Miss<Image>(Lookup.Cause cause, String reason) -> {
                    check(cause == Lookup.Cause.NEVER_COMPILED, reason);
                    check(cache.store(key, wanted), "not stored: " + key);
                }
            }
        }
    }

    private static void check(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** Starts one; {@code shell} comes before it, e.g. {@code ulimit -f 4;}. */
    static Process start(String shell, String action, Path folder, long mostBytes) throws IOException {
        String java = ProcessHandle.current().info().command().orElse("java");
        String command = "%s exec '%s' -Xshare:auto -XX:TieredStopAtLevel=1 -XX:-UsePerfData -cp '%s:%s' %s %s '%s' %d"
                .formatted(
                        shell,
                        java,
                        location(CompileCache.class),
                        location(CacheChild.class),
                        CacheChild.class.getName(),
                        action,
                        folder,
                        mostBytes);
        return new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    }

    private static Path location(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What it said, once it has ended with 0. */
    static String output(Process process) throws IOException, InterruptedException {
        try (var out = process.inputReader()) {
            String said = out.lines().reduce("", (a, b) -> a + b + "\n");
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException("child ended badly: " + said);
            }
            return said;
        }
    }
}
