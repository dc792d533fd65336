package io.github.tintype.llvm;

import io.github.tintype.code.Image;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.lower.LoopPlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Runs programs as machine code, in slices as threads would take them. */
record Compiled(LoopCompiler compiler, Target target, CompileEffort effort, int slices) implements LoopHarness.Runner {
    static final LoopCompiler LLVM = new LlvmProvider().open(CacheRoot.here().resolve("native"));

    static Compiled of(Target target) {
        return new Compiled(LLVM, target, CompileEffort.FAST, 3);
    }

    @Override
    public void run(LoopPlan plan, List<MemorySegment> buffers) {
        Image image = compiler.compile(plan.program(), target, effort);
        try (LoadedImage loaded = LoadedImage.load(image);
                Arena arena = Arena.ofConfined()) {
            MemorySegment block =
                    arena.allocate(ValueLayout.JAVA_LONG, plan.program().words());
            plan.writeConstants(block, 0);
            for (int i = 0; i < buffers.size(); i++) {
                block.setAtIndex(ValueLayout.JAVA_LONG, i, buffers.get(i).address());
            }
            for (int i = 0; i < plan.points().size(); i++) {
                Kernel kernel = plan.program().kernels().get(i);
                LoadedImage.Function function = loaded.function(kernel.name());
                long points = plan.points().get(i);
                // The last slice first: the order of slices means nothing.
                for (int slice = slices - 1; slice >= 0; slice--) {
                    function.call(block.address(), slice * points / slices, (slice + 1) * points / slices);
                }
            }
        }
    }
}
