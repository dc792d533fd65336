package io.github.tintype.cpu;

import io.github.tintype.code.Build;
import io.github.tintype.code.Image;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheReport;
import io.github.tintype.code.cache.ImageCache;
import io.github.tintype.code.cache.ImageKey;
import io.github.tintype.code.cache.Lookup;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.Program;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;

/**
 * The code of loop programs: taken from the cache on disk or compiled when it is first asked for, shared by all kernels of one program, and
 * unmapped when the last of them is garbage. The compiler is loaded when something isn't in the cache. Thread-safe; different programs are
 * compiled at the same time.
 */
final class LoopCode {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final CompileEffort EFFORT = CompileEffort.FAST;

    private final LoopCompilerProvider provider;
    private final Path nativeCache;
    private final ImageCache cache;
    private final Map<Program, WeakReference<Functions>> known = new ConcurrentHashMap<>();
    private final Map<ImageKey, Optional<Lookup.Miss>> looked = new LinkedHashMap<>();
    private Optional<LoopCompiler> compiler = Optional.empty();
    private Optional<Here> here = Optional.empty();

    /* What is the same for all keys of a process. */
    private record Here(Target target, String compiler, Optional<String> build) {}

    /** The functions of a program, mapped as long as this is reachable: whoever calls them holds on to it. */
    static final class Functions {
        private final String digest;
        private final List<LoadedImage.Function> functions;

        private Functions(String digest, List<LoadedImage.Function> functions) {
            this.digest = digest;
            this.functions = List.copyOf(functions);
        }

        /** Eight digits that tell programs apart in plans, profiles and dumps. */
        String digest() {
            return digest;
        }

        /** Of each of the program's kernels, in order. */
        LoadedImage.Function get(int kernel) {
            return functions.get(kernel);
        }
    }

    /**
     * @param provider of the compiler, which is loaded when there is something to compile
     * @param nativeCache where the compiler's native libraries are unpacked
     * @param cache where code is kept between processes
     */
    LoopCode(LoopCompilerProvider provider, Path nativeCache, ImageCache cache) {
        this.provider = provider;
        this.nativeCache = nativeCache;
        this.cache = cache;
    }

    /** @throws io.github.tintype.tensor.DeviceException if the compiler can't be loaded, or the code can't be mapped */
    Functions of(Program program) {
        AtomicReference<Optional<Functions>> held = new AtomicReference<>(Optional.empty()); // the map holds it weakly
        known.compute(program, (_, reference) -> {
            Optional<Functions> there =
                    Optional.ofNullable(reference).flatMap(known -> Optional.ofNullable(known.get()));
            if (there.isPresent() && reference != null) {
                held.set(there);
                return reference;
            }
            return load(program, image(program), held);
        });
        return held.get().orElseThrow();
    }

    private WeakReference<Functions> load(Program program, Image image, AtomicReference<Optional<Functions>> held) {
        LoadedImage loaded = LoadedImage.load(image);
        Functions functions = new Functions(
                digest(program),
                program.kernels().stream()
                        .map(kernel -> loaded.function(kernel.name()))
                        .toList());
        held.set(Optional.of(functions));
        WeakReference<Functions> reference = new WeakReference<>(functions);
        CLEANER.register(functions, () -> {
            known.remove(program, reference); // unless there is another by now
            loaded.close();
        });
        return reference;
    }

    private static String digest(Program program) {
        CRC32 crc = new CRC32();
        crc.update(program.toString().getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(crc.getValue());
    }

    /** What the compiler makes of a program on the way. */
    LoopCompiler.Listing listing(Program program) {
        return compiler().listing(program, here().target(), EFFORT);
    }

    private Image image(Program program) {
        Here with = here();
        ImageKey key = ImageKey.of(
                program.name(),
                program.toString(),
                with.compiler(),
                with.target(),
                EFFORT.name(),
                with.build().orElse("unknown"));
        Lookup lookup = with.build().isPresent()
                ? cache.find(key)
                : new Lookup.Miss(
                        Lookup.Cause.NO_CACHE, "no cache: the engine is in no jar or directory that tells its build");
        return switch (lookup) {
            case Lookup.Hit(Image image) -> {
                note(key, Optional.empty());
                yield image;
            }
            case Lookup.Miss why -> {
                note(key, Optional.of(why));
                Image image = compiler().compile(program, with.target(), EFFORT);
                if (with.build().isPresent()) {
                    cache.store(key, image);
                }
                yield image;
            }
        };
    }

    private synchronized LoopCompiler compiler() {
        LoopCompiler opened = compiler.orElseGet(() -> provider.open(nativeCache));
        compiler = Optional.of(opened);
        return opened;
    }

    private synchronized Here here() {
        Here told = here.orElseGet(() -> new Here(provider.host(), provider.version(), Build.engine()));
        here = Optional.of(told);
        return told;
    }

    private synchronized void note(ImageKey key, Optional<Lookup.Miss> missing) {
        looked.putIfAbsent(key, missing); // what this process compiled itself and meets again is no find
    }

    /** What was found in the cache so far, and what wasn't. */
    synchronized CacheReport report() {
        List<ImageKey> found = new ArrayList<>();
        List<CacheReport.Missed> missed = new ArrayList<>();
        looked.forEach((key, missing) ->
                missing.ifPresentOrElse(why -> missed.add(new CacheReport.Missed(key, why)), () -> found.add(key)));
        return new CacheReport(found, missed);
    }
}
