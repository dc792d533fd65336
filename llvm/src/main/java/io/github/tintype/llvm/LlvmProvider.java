package io.github.tintype.llvm;

import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompilerProvider;
import java.nio.file.Path;

/** Offers LLVM to whoever puts an engine together. */
public final class LlvmProvider implements LoopCompilerProvider {
    @Override
    public String name() {
        return "llvm";
    }

    @Override
    public LoopCompiler open(Path cache) {
        return new LlvmCompiler(LlvmLibrary.load(cache));
    }
}
