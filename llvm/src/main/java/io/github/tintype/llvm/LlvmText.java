package io.github.tintype.llvm;

import io.github.tintype.code.Target;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Program;
import java.util.Set;
import java.util.TreeSet;

/** A program for a processor in LLVM's language: a function for each kernel. The same program gives the same text. */
final class LlvmText {
    private LlvmText() {}

    static String of(Program program, Target target) {
        Features features = Features.of(target);
        StringBuilder text =
                new StringBuilder("; %s%ntarget triple = \"%s\"%n".formatted(program.name(), target.triple()));
        Set<String> declarations = new TreeSet<>();
        for (Kernel kernel : program.kernels()) {
            Emitter emitter = new Emitter(target.lanes(), features);
            new KernelWriter(program, kernel, emitter).write();
            text.append("%ndefine void @%s(ptr noundef %%arguments, i64 noundef %%begin, i64 noundef %%end) #0 {%n"
                            .formatted(kernel.name()))
                    .append(emitter.body())
                    .append("}\n");
            declarations.addAll(emitter.declarations());
        }
        declarations.forEach(declaration -> text.append('\n').append(declaration));
        // No builtins: a loop that zeroes memory must not become a call of the C library.
        int bits = 32 * target.lanes();
        return text.append("\nattributes #0 = { nounwind \"no-builtins\" \"prefer-vector-width\"=\"%d\" }%n"
                        .formatted(bits))
                .toString();
    }
}
