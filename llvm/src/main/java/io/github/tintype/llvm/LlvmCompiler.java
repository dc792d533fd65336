package io.github.tintype.llvm;

import io.github.tintype.code.ElfObject;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import java.nio.charset.StandardCharsets;

/** Compiles for processors with LLVM. */
final class LlvmCompiler implements LoopCompiler {
    /** The short list of passes. */
    static final String FAST = LlvmModules.fast("");

    private final LlvmModules modules;

    LlvmCompiler(LlvmLibrary library) {
        modules = new LlvmModules(library);
    }

    @Override
    public Image compile(Program program, Target target, CompileEffort effort) {
        return ElfObject.read(object(program, target, effort));
    }

    /** The object file that the image is made of. */
    byte[] object(Program program, Target target, CompileEffort effort) {
        return modules.object(text(program, target), machine(target), LlvmModules.passes(effort, FAST));
    }

    @Override
    public Listing listing(Program program, Target target, CompileEffort effort) {
        String text = text(program, target);
        byte[] assembly = modules.assembly(text, machine(target), LlvmModules.passes(effort, FAST));
        return new Listing(text, new String(assembly, StandardCharsets.UTF_8));
    }

    private static String text(Program program, Target target) {
        LoopVerifier.check(program);
        if (program.kernels().stream().anyMatch(kernel -> kernel.team().isPresent())) {
            throw new IllegalArgumentException(
                    "llvm: got program %s for a GPU, wanted one for a processor".formatted(program.name()));
        }
        return LlvmText.of(program, target);
    }

    private static LlvmModules.Machine machine(Target target) {
        if (!target.triple().startsWith("x86_64-")) {
            throw new IllegalArgumentException("llvm: got target %s, wanted x86_64-…".formatted(target.triple()));
        }
        // A processor that LLVM doesn't know counts as one without 64-bit mode, which would end the process.
        String features = target.features().isEmpty() ? "+64bit" : target.features() + ",+64bit";
        return new LlvmModules.Machine(target.triple(), target.cpu(), features);
    }
}
