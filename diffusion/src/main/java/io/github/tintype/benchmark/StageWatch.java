package io.github.tintype.benchmark;

import io.github.tintype.runtime.PreparationListener;
import java.util.EnumMap;
import java.util.Map;

/** Adds up how long each stage of a preparation lasts, and tells somebody else of it. Time between two reports goes to the stage of the later one. */
final class StageWatch implements PreparationListener {
    private final PreparationListener next;
    private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
    private long last = System.nanoTime();

    StageWatch(PreparationListener next) {
        this.next = next;
    }

    @Override
    public void onPreparation(String program, Stage stage, int done, int total) {
        long now = System.nanoTime();
        if (done > 0) { // with 0 it begins
            nanos.merge(stage, now - last, Long::sum);
        }
        last = now;
        next.onPreparation(program, stage, done, total);
    }

    double seconds(Stage stage) {
        return nanos.getOrDefault(stage, 0L) * 1e-9;
    }
}
