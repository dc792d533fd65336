package io.github.tintype.app;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Bars on a terminal: one for each stage, with units per second and the time left. */
final class ProgressBars implements Progress {
    private static final int WIDTH = 78;

    private final PrintStream err;
    private Optional<ProgressBar> bar = Optional.empty();

    ProgressBars(PrintStream err) {
        this.err = err;
    }

    @Override
    public void stage(String name, int total) {
        close();
        ProgressBarBuilder builder = ProgressBar.builder()
                .setTaskName("%-6s".formatted(name))
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                // A given width: otherwise the library asks JLine, which loads native code to find out.
                .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH));
        if (total > 1) {
            builder.setUnit(" it", 1).showSpeed(new DecimalFormat("0.00"));
        } else {
            builder.hideEta();
        }
        bar = Optional.of(builder.build());
    }

    @Override
    public void done(int done) {
        bar.ifPresent(b -> b.stepTo(done));
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
        bar = Optional.empty();
    }
}
