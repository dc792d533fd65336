package io.github.tintype.loop.template;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Program;
import java.util.List;
import java.util.Locale;

/**
 * Parameters that a program is made of: equal ones make equal programs. So code is found by {@link #parameters()}, and the program is made when there is something to compile or to show.
 */
public sealed interface Template permits PairedTemplate, DynamicInt8Template, TapsTemplate, WinogradTemplate {
    /** The program: a few thousand statements, made anew at each call. */
    Program program();

    /** Everything that decides the program, beside its name: numbers and constants, of which others have another text. Not by the record's own text, whose code is linked at each start. */
    List<Object> parameters();

    /** The program's name. */
    String name();

    /** The names of the program's kernels, in order. */
    List<String> kernels();

    /** The program's argument that a constant of a template's sizes stands for. */
    static Argument.Size argument(Enum<?> size) {
        return new Argument.Size(size.name().toLowerCase(Locale.ROOT));
    }

    /** Its value. */
    static Index size(Enum<?> size) {
        return Index.of(argument(size));
    }
}
