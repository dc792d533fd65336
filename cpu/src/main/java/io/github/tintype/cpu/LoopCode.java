package io.github.tintype.cpu;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.ImageKey;
import io.github.tintype.code.cache.Lookup;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Kernel;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.template.Template;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The code of loop programs: taken from the cache on disk or compiled when it is first asked for, shared by all kernels of one program, and
 * unmapped when the last of them is garbage. The compiler is loaded when something isn't in the cache. Thread-safe; different programs are
 * compiled at the same time.
 */
final class LoopCode {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int SHOWN_DIGITS = 8;

    private final LoopCompilerProvider provider;
    private final Path nativeCache;
    private final CacheUse cache;
    private final Map<Unit, WeakReference<Functions>> known = new ConcurrentHashMap<>();
    private Optional<LoopCompiler> compiler = Optional.empty();
    private Optional<Here> here = Optional.empty();

    /**
     * What is compiled, and how hard. Programs are large: they are told apart by a digest of a text that decides them, and one of a template is made when it has to be compiled or shown.
     */
    static final class Unit {
        private final String name;
        private final List<String> kernels;
        private final String digest;
        private final CompileEffort effort;
        private final Supplier<Program> program;

        private Unit(String name, List<String> kernels, String text, Supplier<Program> program, CompileEffort effort) {
            this.name = name;
            this.kernels = kernels;
            this.digest = Digests.hex(text);
            this.program = program;
            this.effort = effort;
        }

        static Unit of(Program program, Effort effort) {
            List<String> kernels =
                    program.kernels().stream().map(kernel -> kernel.name()).toList();
            return new Unit(program.name(), kernels, program.toString(), () -> program, compilers(effort));
        }

        static Unit of(Template template, Effort effort) {
            return new Unit(
                    template.name(),
                    template.kernels(),
                    template.name() + template.parameters(),
                    template::program,
                    compilers(effort));
        }

        private static CompileEffort compilers(Effort effort) {
            return switch (effort) {
                case LIBRARY, USUAL -> CompileEffort.FAST;
                case MOST -> CompileEffort.MOST;
            };
        }

        Program program() {
            return program.get();
        }

        private ImageKey key(String compiler, Target target, String build) {
            return new ImageKey(name, digest, compiler, target, effort.name(), build);
        }

        @Override
        public boolean equals(Object other) {
            return this == other || (other instanceof Unit unit && effort == unit.effort && digest.equals(unit.digest));
        }

        @Override
        public int hashCode() {
            return digest.hashCode();
        }
    }

    /* What is the same for all keys of a process. */
    private record Here(Target target, String compiler) {}

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
    LoopCode(LoopCompilerProvider provider, Path nativeCache, CacheUse cache) {
        this.provider = provider;
        this.nativeCache = nativeCache;
        this.cache = cache;
    }

    /** @throws io.github.tintype.tensor.DeviceException if the compiler can't be loaded, or the code can't be mapped */
    Functions of(Unit unit) {
        AtomicReference<Optional<Functions>> held = new AtomicReference<>(Optional.empty()); // the map holds it weakly
        known.compute(unit, (_, reference) -> {
            Optional<Functions> there =
                    Optional.ofNullable(reference).flatMap(known -> Optional.ofNullable(known.get()));
            if (there.isPresent() && reference != null) {
                held.set(there);
                return reference;
            }
            return load(unit, image(unit), held);
        });
        return held.get().orElseThrow();
    }

    private WeakReference<Functions> load(Unit unit, Image image, AtomicReference<Optional<Functions>> held) {
        LoadedImage loaded = LoadedImage.load(image);
        Functions functions = new Functions(
                unit.digest.substring(0, SHOWN_DIGITS),
                unit.kernels.stream().map(loaded::function).toList());
        held.set(Optional.of(functions));
        WeakReference<Functions> reference = new WeakReference<>(functions);
        CLEANER.register(functions, () -> {
            known.remove(unit, reference); // unless there is another by now
            loaded.close();
        });
        return reference;
    }

    /** The program, and what the compiler makes of it on the way, under {@code name}. */
    List<Kernel.Listing> listings(String name, Unit unit) {
        return List.of(
                new Kernel.Listing(name, "loops", () -> unit.program().toString()),
                new Kernel.Listing(name, "ll", () -> listing(unit).source()),
                new Kernel.Listing(name, "s", () -> listing(unit).assembly()));
    }

    private LoopCompiler.Listing listing(Unit unit) {
        return compiler().listing(unit.program(), here().target(), unit.effort);
    }

    private Image image(Unit unit) {
        Target host = here().target();
        List<ImageKey> keys = Stream.of(host, host.withoutFeatures())
                .distinct()
                .map(target -> key(unit, target))
                .toList();
        return switch (cache.find(keys)) {
            case Lookup.Hit<Image>(Image image) -> image;
            case Lookup.Miss<Image> _ -> compile(unit, host);
        };
    }

    private Image compile(Unit unit, Target target) {
        Image image = compiler().compile(unit.program(), target, unit.effort);
        cache.store(key(unit, target), image);
        return image;
    }

    private ImageKey key(Unit unit, Target target) {
        return unit.key(here().compiler(), target, cache.build());
    }

    /** Sees to it that the code for another machine is in the cache. */
    ImageKey keep(Unit unit, Target target) {
        ImageKey key = key(unit, target);
        if (cache.cache().find(key) instanceof Lookup.Miss) {
            compile(unit, target);
        }
        return key;
    }

    /** What this machine is. */
    Target target() {
        return here().target();
    }

    private synchronized LoopCompiler compiler() {
        LoopCompiler opened = compiler.orElseGet(() -> provider.open(nativeCache));
        compiler = Optional.of(opened);
        return opened;
    }

    private synchronized Here here() {
        Here told = here.orElseGet(() -> new Here(provider.host(), provider.version()));
        here = Optional.of(told);
        return told;
    }
}
