package io.github.tintype.llvm;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A program for a GPU in LLVM's language: an entry for each kernel. The same program gives the same text.
 *
 * @param shared bytes of shared memory of each kernel, by its name
 */
record NvptxText(String text, Map<String, Integer> shared) {
    static final String TRIPLE = "nvptx64-nvidia-cuda";

    NvptxText {
        shared = Map.copyOf(shared);
    }

    int sharedBytes(Kernel kernel) {
        return Objects.requireNonNull(shared.get(kernel.name()));
    }

    /** @throws IllegalArgumentException for a kernel of a processor */
    static NvptxText of(Program program, GpuArchitecture architecture) {
        Features features = Features.of(architecture);
        StringBuilder text = new StringBuilder("; %s%ntarget triple = \"%s\"%n".formatted(program.name(), TRIPLE));
        List<String> blocks = new ArrayList<>();
        Set<String> declarations = new TreeSet<>();
        Map<String, Integer> shared = new HashMap<>();
        for (Kernel kernel : program.kernels()) {
            Emitter emitter = new Emitter(width(kernel.body()), features);
            TeamWriter writer = new TeamWriter(program, kernel, emitter);
            writer.write();
            writer.globals().forEach(global -> text.append('\n').append(global));
            // The block of arguments is the entry's one parameter, by value.
            text.append("%n%ndefine ptx_kernel void @%s(ptr byval([%d x i64]) align 8 %%arguments) #0 {%n"
                            .formatted(kernel.name(), program.words()))
                    .append(emitter.body())
                    .append("}\n");
            declarations.addAll(emitter.declarations());
            shared.put(kernel.name(), writer.sharedBytes());
            // Of no other size: the assembler shares out registers by it.
            blocks.add("!{ptr @%s, !\"reqntidx\", i32 %d}"
                    .formatted(kernel.name(), writer.team().block()));
        }
        declarations.forEach(declaration -> text.append('\n').append(declaration));
        // Denormals are kept, and nothing is contracted or approximated: the interpreter's bits.
        text.append("%nattributes #0 = { nounwind \"no-builtins\" \"denormal-fp-math\"=\"ieee,ieee\" }%n".formatted())
                .append("attributes #1 = { convergent nounwind }%n".formatted())
                .append(IntStream.range(0, blocks.size())
                        .mapToObj(i -> "!" + i)
                        .collect(Collectors.joining(", ", "!nvvm.annotations = !{", "}\n")));
        for (int i = 0; i < blocks.size(); i++) {
            text.append("!%d = %s%n".formatted(i, blocks.get(i)));
        }
        return new NvptxText(text.toString(), shared);
    }

    /* Of the widest loop; the others are done one by one. */
    private static int width(List<Statement> body) {
        int width = 1;
        for (Statement statement : body) {
            width = Math.max(
                    width,
                    switch (statement) {
                        case Statement.Deal deal -> deal.width();
                        case Statement.Loop loop -> width(loop.body());
                        case Statement.Define _,
                                Statement.Store _,
                                Statement.Begin _,
                                Statement.Accumulate _,
                                Statement.AccumulateProduct _,
                                Statement.AccumulatePacked _,
                                Statement.Check _,
                                Statement.Prefetch _,
                                Statement.Barrier _ -> 1;
                    });
        }
        return width;
    }
}
