package io.github.tintype.llvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.code.ElfObject;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Compiles with LLVM. Each compilation has a context of its own, so that several threads can compile. */
final class LlvmCompiler implements LoopCompiler {
    /** What our text needs: memory to registers, common parts once, what a loop doesn't change out of it, addresses counted on. */
    static final String FAST = "function(sroa,early-cse<memssa>,simplifycfg,instcombine,loop-mssa(loop-rotate,licm),"
            + "gvn,instcombine,simplifycfg)";

    static final String MOST = "default<O3>";
    private static final long OBJECT = 1;
    private static final long ASSEMBLY = 0;
    private static final long AGGRESSIVE = 3;
    private static final long POSITION_INDEPENDENT = 2;
    private static final long RETURN_STATUS = 2;

    private final LlvmApi llvm;

    LlvmCompiler(LlvmLibrary library) {
        llvm = LlvmApi.of(library);
    }

    @Override
    public Image compile(Program program, Target target, CompileEffort effort) {
        return ElfObject.read(object(program, target, effort));
    }

    /** The object file that the image is made of. */
    byte[] object(Program program, Target target, CompileEffort effort) {
        return emit(program, target, effort, OBJECT);
    }

    @Override
    public Listing listing(Program program, Target target, CompileEffort effort) {
        LoopVerifier.check(program);
        byte[] assembly = emit(program, target, effort, ASSEMBLY);
        return new Listing(LlvmText.of(program, target), new String(assembly, StandardCharsets.UTF_8));
    }

    private byte[] emit(Program program, Target target, CompileEffort effort, long kind) {
        LoopVerifier.check(program);
        String text = LlvmText.of(program, target);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            MemorySegment error = arena.allocate(JAVA_LONG);
            long machine = machine(arena, target, out, error);
            long context = llvm.contextCreate().call();
            try {
                long module = parse(arena, context, text, out, error);
                try {
                    optimise(arena, module, machine, effort);
                    return emit(module, machine, kind, out, error);
                } finally {
                    llvm.disposeModule().call(module);
                }
            } finally {
                llvm.contextDispose().call(context);
                llvm.disposeTargetMachine().call(machine);
            }
        }
    }

    private long machine(Arena arena, Target target, MemorySegment out, MemorySegment error) {
        MemorySegment triple = arena.allocateFrom(target.triple());
        if (!target.triple().startsWith("x86_64-")
                || llvm.targetFromTriple().failed(triple.address(), out.address(), error.address())) {
            throw new IllegalArgumentException("llvm: got target %s, wanted x86_64-…".formatted(target.triple()));
        }
        long known = out.get(JAVA_LONG, 0);
        // A processor that LLVM doesn't know counts as one without 64-bit mode, which would end the process.
        String features = target.features().isEmpty() ? "+64bit" : target.features() + ",+64bit";
        return llvm.createTargetMachine()
                .call(
                        known,
                        triple.address(),
                        arena.allocateFrom(target.cpu()).address(),
                        arena.allocateFrom(features).address(),
                        AGGRESSIVE,
                        POSITION_INDEPENDENT,
                        0);
    }

    private long parse(Arena arena, long context, String text, MemorySegment out, MemorySegment error) {
        MemorySegment source = arena.allocateFrom(text);
        long buffer = llvm.memoryBuffer()
                .call(
                        source.address(),
                        source.byteSize() - 1,
                        arena.allocateFrom("loops").address());
        if (llvm.parse().failed(context, buffer, out.address(), error.address())) {
            throw broken("parse", llvm.ownedString(error.get(JAVA_LONG, 0)), text);
        }
        long module = out.get(JAVA_LONG, 0);
        error.set(JAVA_LONG, 0, 0);
        boolean wrong = llvm.verify().failed(module, RETURN_STATUS, error.address());
        String message = llvm.ownedString(error.get(JAVA_LONG, 0));
        if (wrong) {
            llvm.disposeModule().call(module);
            throw broken("verify", message, text);
        }
        return module;
    }

    private void optimise(Arena arena, long module, long machine, CompileEffort effort) {
        long layout = llvm.createDataLayout().call(machine);
        llvm.setDataLayout().call(module, layout);
        llvm.disposeDataLayout().call(layout);
        String passes = switch (effort) {
            case FAST -> FAST;
            case MOST -> MOST;
        };
        long options = llvm.createOptions().call();
        long failure = llvm.runPasses().call(module, arena.allocateFrom(passes).address(), machine, options);
        llvm.disposeOptions().call(options);
        if (failure != 0) {
            long message = llvm.errorMessage().call(failure);
            String said = Native.string(message);
            llvm.disposeErrorMessage().call(message);
            throw new IllegalStateException("llvm: passes %s: %s".formatted(passes, said));
        }
    }

    private byte[] emit(long module, long machine, long kind, MemorySegment out, MemorySegment error) {
        if (llvm.emit().failed(machine, module, kind, error.address(), out.address())) {
            throw new IllegalStateException("llvm: emit: " + llvm.ownedString(error.get(JAVA_LONG, 0)));
        }
        long buffer = out.get(JAVA_LONG, 0);
        long size = llvm.bufferSize().call(buffer);
        byte[] bytes = Native.view(llvm.bufferStart().call(buffer), size).toArray(JAVA_BYTE);
        llvm.disposeBuffer().call(buffer);
        return bytes;
    }

    private static IllegalStateException broken(String step, String message, String text) {
        return new IllegalStateException("llvm: %s: %s in%n%s".formatted(step, message.strip(), text));
    }
}
