package io.github.tintype.llvm;

import io.github.tintype.code.Build;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.PtxCompiler;
import java.nio.file.Path;
import java.util.Optional;

/** Offers LLVM to whoever puts an engine together. */
public final class LlvmProvider implements LoopCompilerProvider {
    @Override
    public String name() {
        return "llvm";
    }

    /** Where the build can't be told (classes in no jar or directory) no other process has the same version, and nothing is shared. */
    @Override
    public String version() {
        String build = Build.of(LlvmProvider.class)
                .orElseGet(() ->
                        "of process %d at %d".formatted(ProcessHandle.current().pid(), System.nanoTime()));
        return "llvm %s, %s or %s, build %s".formatted(LlvmLibrary.SHA256, LlvmCompiler.FAST, LlvmModules.MOST, build);
    }

    @Override
    public LoopCompiler open(Path cache) {
        return new LlvmCompiler(LlvmLibrary.load(cache));
    }

    @Override
    public Optional<PtxCompiler> openPtx(Path cache) {
        return Optional.of(new NvptxCompiler(LlvmLibrary.load(cache)));
    }
}
