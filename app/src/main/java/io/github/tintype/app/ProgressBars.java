package io.github.tintype.app;

import java.text.DecimalFormat;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** Bars on a terminal: one for each stage, with units per second and the time left. Preparations take its place and don't count as its time. Thread-safe. */
final class ProgressBars implements Progress {
    private static final long REDRAW_NANOS = 100_000_000;

    private final BarLine line;
    private final LongSupplier nanoTime;
    private Optional<ProgressBar> bar = Optional.empty();
    private boolean preparing;
    private long redrawn;

    /** @param nanoTime the clock */
    ProgressBars(BarLine line, LongSupplier nanoTime) {
        this.line = line;
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void stage(String name, int total) {
        close();
        ProgressBarBuilder builder = ProgressBar.builder()
                .setTaskName("%-6s".formatted(name))
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(new Consumer(line));
        if (total > 1) {
            builder.setUnit(" it", 1).showSpeed(new DecimalFormat("0.00"));
        } else {
            builder.hideEta();
        }
        bar = Optional.of(builder.build());
    }

    @Override
    public synchronized void done(int done) {
        bar.ifPresent(b -> b.stepTo(done));
    }

    @Override
    public synchronized void preparing(String what, int done, int total) {
        if (done == total) {
            endPreparing();
            return;
        }
        long now = nanoTime.getAsLong();
        if (!preparing) {
            preparing = true;
            bar.ifPresent(ProgressBar::pause);
        } else if (now - redrawn < REDRAW_NANOS) {
            return;
        }
        redrawn = now;
        line.drawAside(total > 1 ? "%s %d/%d".formatted(what, done, total) : what);
    }

    private void endPreparing() {
        if (preparing) {
            preparing = false;
            line.restore();
            bar.ifPresent(ProgressBar::resume);
        }
    }

    @Override
    public synchronized void close() {
        endPreparing();
        bar.ifPresent(ProgressBar::close);
        bar = Optional.empty();
        line.end(); // the library forgets to, for a bar that is closed before it was first drawn
    }

    /* Of a given width: the library's own asks JLine for one, which loads native code to find out. */
    private record Consumer(BarLine line) implements ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return BarLine.WIDTH;
        }

        @Override
        public void accept(String text) {
            line.draw(text);
        }

        @Override
        public void close() {
            line.end();
        }
    }
}
