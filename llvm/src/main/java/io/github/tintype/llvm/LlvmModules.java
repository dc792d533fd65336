package io.github.tintype.llvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.loop.LoopCompiler.CompileEffort;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What LLVM makes of a text: parsed, verified, improved, emitted. Each compilation has a context of its own, so that several threads can compile. */
final class LlvmModules {
    /** All the passes that LLVM has. */
    static final String MOST = "default<O3>";

    /** Of a list of passes. Without the option LLVM ends the JVM where a second iteration would find something more. */
    private static final String COMBINE = "instcombine<no-verify-fixpoint>";

    private static final long OBJECT = 1;
    private static final long ASSEMBLY = 0;
    private static final long AGGRESSIVE = 3;
    private static final long POSITION_INDEPENDENT = 2;
    private static final long RETURN_STATUS = 2;

    private final LlvmApi llvm;

    LlvmModules(LlvmLibrary library) {
        llvm = LlvmApi.of(library);
    }

    /** What our text needs: memory to registers, then {@code next}, common parts once, what a loop doesn't change out of it, addresses counted on. */
    static String fast(String next) {
        return "function(sroa," + next + "early-cse<memssa>,simplifycfg," + COMBINE
                + ",loop-mssa(loop-rotate,licm),gvn," + COMBINE + ",simplifycfg)";
    }

    /** The passes of an effort, of which {@code fast} is the short list. */
    static String passes(CompileEffort effort, String fast) {
        return switch (effort) {
            case FAST -> fast;
            case MOST -> MOST;
        };
    }

    /** What code is for, in LLVM's words. */
    record Machine(String triple, String cpu, String features) {}

    /** An object file. */
    byte[] object(String text, Machine machine, String passes) {
        return emit(text, machine, passes, OBJECT);
    }

    /** Text for the target's assembler. */
    byte[] assembly(String text, Machine machine, String passes) {
        return emit(text, machine, passes, ASSEMBLY);
    }

    private byte[] emit(String text, Machine wanted, String passes, long kind) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            MemorySegment error = arena.allocate(JAVA_LONG);
            long machine = machine(arena, wanted, out, error);
            long context = llvm.contextCreate().call();
            try {
                long module = parse(arena, context, text, out, error);
                try {
                    optimise(arena, module, machine, passes);
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

    private long machine(Arena arena, Machine wanted, MemorySegment out, MemorySegment error) {
        MemorySegment triple = arena.allocateFrom(wanted.triple);
        if (llvm.targetFromTriple().failed(triple.address(), out.address(), error.address())) {
            throw new IllegalArgumentException("llvm: got unknown target %s".formatted(wanted.triple));
        }
        return llvm.createTargetMachine()
                .call(
                        out.get(JAVA_LONG, 0),
                        triple.address(),
                        arena.allocateFrom(wanted.cpu).address(),
                        arena.allocateFrom(wanted.features).address(),
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

    private void optimise(Arena arena, long module, long machine, String passes) {
        long layout = llvm.createDataLayout().call(machine);
        llvm.setDataLayout().call(module, layout);
        llvm.disposeDataLayout().call(layout);
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
