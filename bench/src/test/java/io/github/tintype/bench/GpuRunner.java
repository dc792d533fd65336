package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.loop.Launch;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.PtxModule;
import io.github.tintype.loop.lower.LoopPlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Runs PTX on a GPU; each buffer has a guard behind it there, which must stay what it was. */
record GpuRunner(Cuda cuda, PtxCompiler compiler, GpuArchitecture architecture, CompileEffort effort)
        implements LoopHarness.Runner {
    private static final long GUARD = 512;
    private static final byte FILL = (byte) 0xff;

    @Override
    public void run(LoopPlan plan, List<MemorySegment> buffers) {
        PtxModule ptx = compiler.ptx(plan.program(), architecture, effort);
        long module = cuda.module(ptx.text());
        List<Long> memory = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters =
                    arena.allocate(ValueLayout.JAVA_LONG, plan.program().words());
            plan.writeConstants(parameters, 0);
            for (int i = 0; i < buffers.size(); i++) {
                MemorySegment guarded =
                        arena.allocate(buffers.get(i).byteSize() + GUARD).fill(FILL);
                guarded.copyFrom(buffers.get(i));
                memory.add(cuda.allocate(guarded.byteSize()));
                cuda.upload(guarded, memory.getLast());
                parameters.setAtIndex(ValueLayout.JAVA_LONG, i, memory.getLast());
            }
            for (Launch launch : ptx.launches()) {
                int blocks = launch.blocks(plan::size);
                if (blocks > 0) {
                    cuda.launch(cuda.kernel(module, launch.entry()), blocks, launch.threads(), parameters);
                }
            }
            cuda.synchronize();
            for (int i = 0; i < buffers.size(); i++) {
                long bytes = buffers.get(i).byteSize();
                MemorySegment guarded = arena.allocate(bytes + GUARD);
                cuda.download(memory.get(i), guarded);
                buffers.get(i).copyFrom(guarded.asSlice(0, bytes));
                assertThat(guarded.asSlice(bytes).toArray(ValueLayout.JAVA_BYTE))
                        .as("written past buffer %d", i)
                        .containsOnly(FILL);
            }
        } finally {
            memory.forEach(cuda::free);
            cuda.unload(module);
        }
    }
}
