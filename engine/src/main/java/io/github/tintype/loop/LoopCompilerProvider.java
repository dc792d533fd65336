package io.github.tintype.loop;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * How a {@link LoopCompiler} is found: by {@link java.util.ServiceLoader}, in whoever puts an engine together. What it says of itself it says without
 * loading the compiler: where all code is kept from an earlier process, none is loaded.
 */
public interface LoopCompilerProvider {
    /** The one on the class path, if there is one. */
    static Optional<LoopCompilerProvider> installed() {
        return ServiceLoader.load(LoopCompilerProvider.class).findFirst();
    }

    /** E.g. {@code llvm}. */
    String name();

    /**
     * Everything about the compiler that decides code, in one line of ASCII: the library's version, the passes of each effort, and the build
     * of the module that writes its input ({@link io.github.tintype.code.Build}). Part of the key under which code is kept.
     */
    String version();

    /** What code for this machine is compiled for. */
    default Target host() {
        return HostProcessor.target();
    }

    /**
     * Loads the compiler.
     *
     * @param cache where native libraries are unpacked once; a temporary directory takes its place if it can't be used
     * @throws io.github.tintype.tensor.DeviceException ({@code NATIVE}) if it doesn't run on this platform or isn't complete
     */
    LoopCompiler open(Path cache);

    /**
     * Loads the compiler for GPUs; nothing if there is none.
     *
     * @param cache as for {@link #open}
     * @throws io.github.tintype.tensor.DeviceException as {@link #open}
     */
    default Optional<PtxCompiler> openPtx(Path cache) {
        return Optional.empty();
    }
}
