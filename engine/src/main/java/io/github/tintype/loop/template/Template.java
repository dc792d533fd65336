package io.github.tintype.loop.template;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Program;
import java.util.Locale;

/** Parameters that a program is made of: equal ones make equal programs. */
public sealed interface Template permits PairedTemplate, DynamicInt8Template, TapsTemplate, WinogradTemplate {
    /** The program: a few thousand statements, made anew at each call. */
    Program program();

    /** The program's argument that a constant of a template's sizes stands for. */
    static Argument.Size argument(Enum<?> size) {
        return new Argument.Size(size.name().toLowerCase(Locale.ROOT));
    }

    /** Its value. */
    static Index size(Enum<?> size) {
        return Index.of(argument(size));
    }
}
