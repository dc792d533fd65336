package io.github.tintype.loop;

import java.nio.file.Path;

/** How a {@link LoopCompiler} is found: by {@link java.util.ServiceLoader}, in whoever puts an engine together. */
public interface LoopCompilerProvider {
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
