package io.github.tintype.loop;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/** How a {@link LoopCompiler} is found: by {@link java.util.ServiceLoader}, in whoever puts an engine together. */
public interface LoopCompilerProvider {
    /** The one on the class path, if there is one. */
    static Optional<LoopCompilerProvider> installed() {
        return ServiceLoader.load(LoopCompilerProvider.class).findFirst();
    }

    /** E.g. {@code llvm}. */
    String name();

    /**
     * Loads the compiler.
     *
     * @param cache where native libraries are unpacked once; a temporary directory takes its place if it can't be used
     * @throws io.github.tintype.tensor.DeviceException ({@code NATIVE}) if it doesn't run on this platform or isn't complete
     */
    LoopCompiler open(Path cache);
}
