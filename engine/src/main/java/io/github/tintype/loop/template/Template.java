package io.github.tintype.loop.template;

import io.github.tintype.loop.Program;

/** Parameters that a program is made of: equal ones make equal programs. */
public sealed interface Template
        permits AttentionTemplate, DirectTemplate, DynamicInt8Template, MatmulTemplate, TapsTemplate, WinogradTemplate {
    /** The program: a few thousand statements, made anew at each call. */
    Program program();
}
