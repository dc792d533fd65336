package io.github.tintype.app;

import io.github.tintype.runtime.PreparationListener;

/** What compiling and loading show while they last. */
final class Preparation {
    private Preparation() {}

    static PreparationListener shownBy(Progress progress) {
        return (program, stage, done, total) ->
                progress.preparing("%s: %s".formatted(program, text(stage)), done, total);
    }

    private static String text(PreparationListener.Stage stage) {
        return switch (stage) {
            case TRACE -> "recording";
            case PASSES -> "optimising";
            case PLAN -> "choosing kernels";
            case WEIGHTS -> "packing weights";
        };
    }
}
