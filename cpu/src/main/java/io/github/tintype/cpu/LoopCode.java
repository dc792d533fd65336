package io.github.tintype.cpu;

import io.github.tintype.code.Image;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.Program;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The code of loop programs: compiled when it is first asked for, shared by all kernels of one program, and unmapped when the last of
 * them is garbage. Thread-safe.
 */
final class LoopCode {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Supplier<LoopCompiler> open;
    private Optional<LoopCompiler> compiler = Optional.empty();
    private final Map<Program, WeakReference<Functions>> known = new HashMap<>();

    /** The functions of a program, mapped as long as this is reachable: whoever calls them holds on to it. */
    static final class Functions {
        private final List<LoadedImage.Function> functions;

        private Functions(List<LoadedImage.Function> functions) {
            this.functions = List.copyOf(functions);
        }

        /** Of each of the program's kernels, in order. */
        LoadedImage.Function get(int kernel) {
            return functions.get(kernel);
        }
    }

    /** @param open loads the compiler, when there is something to compile */
    LoopCode(Supplier<LoopCompiler> open) {
        this.open = open;
    }

    /** @throws io.github.tintype.tensor.DeviceException if the compiler can't be loaded, or the code can't be mapped */
    synchronized Functions of(Program program) {
        return Optional.ofNullable(known.get(program))
                .flatMap(reference -> Optional.ofNullable(reference.get()))
                .orElseGet(() -> load(program));
    }

    private Functions load(Program program) {
        Functions functions = load(program, compile(program));
        known.put(program, new WeakReference<>(functions));
        return functions;
    }

    private Image compile(Program program) {
        LoopCompiler with = compiler.orElseGet(open);
        compiler = Optional.of(with);
        return with.compile(program, with.host(), LoopCompiler.CompileEffort.FAST);
    }

    private Functions load(Program program, Image image) {
        LoadedImage loaded = LoadedImage.load(image);
        Functions functions = new Functions(program.kernels().stream()
                .map(kernel -> loaded.function(kernel.name()))
                .toList());
        CLEANER.register(functions, () -> unload(program, loaded));
        return functions;
    }

    private void unload(Program program, LoadedImage image) {
        synchronized (this) {
            if (Optional.ofNullable(known.get(program))
                    .filter(reference -> reference.refersTo(null))
                    .isPresent()) {
                known.remove(program);
            }
        }
        image.close();
    }
}
