package io.github.tintype.app;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A terminal whose last line may be a progress bar. Whatever else is written first clears that line; once a line of it is complete, the
 * bar is drawn again below. Usable from several threads.
 */
final class BarLine extends OutputStream {
    /** Most characters of a bar. */
    static final int WIDTH = 78;

    private static final String BLANK = "\r" + " ".repeat(WIDTH) + "\r";

    private final PrintStream terminal;
    private String bar = "";
    private boolean drawn;

    BarLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** Draws the bar, over the one before. */
    synchronized void draw(String text) {
        bar = cut(text);
        drawOver(bar);
    }

    /** Draws something in the bar's place until {@link #restore}. */
    synchronized void drawAside(String text) {
        drawOver(cut(text));
    }

    /** Draws the bar again. */
    synchronized void restore() {
        drawOver(bar);
    }

    /** Leaves the bar as it is; what comes next is below it. */
    synchronized void end() {
        if (drawn) {
            terminal.println();
            terminal.flush();
        }
        bar = "";
        drawn = false;
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), WIDTH));
    }

    private void drawOver(String text) {
        clear();
        if (!text.isEmpty()) {
            terminal.print(text);
            drawn = true;
        }
        terminal.flush();
    }

    private void clear() {
        if (drawn) {
            terminal.print(BLANK);
            drawn = false;
        }
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return;
        }
        clear();
        terminal.write(bytes, offset, length);
        if (bytes[offset + length - 1] == '\n') {
            drawOver(bar);
        }
        terminal.flush();
    }

    /** Of text that isn't the bar. */
    PrintStream print() {
        return new PrintStream(this, true, StandardCharsets.UTF_8);
    }
}
