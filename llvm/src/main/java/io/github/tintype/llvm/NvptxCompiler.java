package io.github.tintype.llvm;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Launch;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompiler.Listing;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.PtxModule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes PTX with LLVM. */
final class NvptxCompiler implements PtxCompiler {
    /** As for processors, but that a thread has no vectors: only its loads and stores stay wide. */
    static final String FAST = LlvmModules.fast("scalarizer,");

    private final LlvmModules modules;

    NvptxCompiler(LlvmLibrary library) {
        modules = new LlvmModules(library);
    }

    @Override
    public PtxModule ptx(Program program, GpuArchitecture architecture, CompileEffort effort) {
        NvptxText text = text(program, architecture);
        List<Launch> launches = new ArrayList<>();
        for (Kernel kernel : program.kernels()) {
            launches.add(Launch.of(kernel, text.sharedBytes(kernel)));
        }
        return new PtxModule(architecture, assembly(text, architecture, effort), launches);
    }

    @Override
    public Listing ptxListing(Program program, GpuArchitecture architecture, CompileEffort effort) {
        NvptxText text = text(program, architecture);
        return new Listing(text.text(), assembly(text, architecture, effort));
    }

    private static NvptxText text(Program program, GpuArchitecture architecture) {
        LoopVerifier.check(program);
        if (program.words() > Program.MOST_GPU_WORDS) {
            throw new IllegalArgumentException("llvm: program %s: got %d arguments, wanted at most %d"
                    .formatted(program.name(), program.words(), Program.MOST_GPU_WORDS));
        }
        return NvptxText.of(program, architecture);
    }

    private String assembly(NvptxText text, GpuArchitecture architecture, CompileEffort effort) {
        LlvmModules.Machine machine = new LlvmModules.Machine(
                NvptxText.TRIPLE,
                architecture.target(),
                "+ptx" + architecture.ptx().replace(".", ""));
        return new String(
                modules.assembly(text.text(), machine, LlvmModules.passes(effort, FAST)), StandardCharsets.UTF_8);
    }
}
