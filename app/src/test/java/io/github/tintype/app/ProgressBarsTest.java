package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left on a terminal. */
class ProgressBarsTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final BarLine line = new BarLine(new PrintStream(written, true, StandardCharsets.UTF_8));
    private long now;

    /* A carriage return begins the line anew, and what is written then stands over what was there. */
    private List<String> screen() {
        List<String> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int column = 0;
        for (char c : written.toString(StandardCharsets.UTF_8).toCharArray()) {
            switch (c) {
                case '\n' -> {
                    lines.add(current.toString().stripTrailing());
                    current.setLength(0);
                    column = 0;
                }
                case '\r' -> column = 0;
                default -> {
                    current.replace(column, Math.min(column + 1, current.length()), Character.toString(c));
                    column++;
                }
            }
        }
        lines.add(current.toString().stripTrailing());
        return lines;
    }

    private void warn() {
        new Warnings.Lines("test", line.print()).log(System.Logger.Level.WARNING, "odd");
    }

    @Test
    void aWarningLeavesNothingOfTheBarAndTheBarGoesOnBelow() {
        line.draw("steps   40% [=====>        ]  2/5");
        warn();
        assertThat(screen()).containsExactly("tintype: warning: odd", "steps   40% [=====>        ]  2/5");
        line.draw("steps 60%");
        line.end();
        warn();
        assertThat(screen()).containsExactly("tintype: warning: odd", "steps 60%", "tintype: warning: odd", "");
    }

    @Test
    void textWithoutABarIsTextAlone() {
        warn();
        line.end();
        assertThat(written.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("tintype: warning: odd\n");
    }

    @Test
    void preparingStandsInTheBarsPlaceUntilItEnds() {
        try (ProgressBars bars = new ProgressBars(line, () -> now)) {
            bars.preparing("unet.0: packing weights", 0, 3);
            assertThat(screen()).containsExactly("unet.0: packing weights 0/3");
            bars.preparing("unet.0: packing weights", 1, 3);
            assertThat(screen()).as("too soon").containsExactly("unet.0: packing weights 0/3");
            now += 100_000_000;
            bars.preparing("unet.0: packing weights", 2, 3);
            assertThat(screen()).containsExactly("unet.0: packing weights 2/3");
            warn();
            assertThat(screen()).containsExactly("tintype: warning: odd", "");
            bars.preparing("unet.0: packing weights", 3, 3);
            assertThat(screen()).containsExactly("tintype: warning: odd", "");
        }
    }

    @Test
    void aStageIsOneLineWithWhatItHadToWaitFor() {
        try (ProgressBars bars = new ProgressBars(line, () -> now)) {
            bars.stage("steps", 2);
            bars.preparing("unet.0: optimising", 0, 9);
            bars.preparing("unet.0: optimising", 9, 9);
            bars.done(1);
            bars.done(2);
        }
        assertThat(screen()).hasSize(2);
        assertThat(screen().getFirst()).startsWith("steps ").contains("100%", "2/2");
    }
}
