package io.github.tintype.benchmark;

import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers for people, whatever the locale. */
public final class Figures {
    private Figures() {}

    /** With three digits or so: 0.123, 12.3, 1234. */
    public static String short3(double value) {
        int decimals = value < 0.1 ? 4 : value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Seconds in milliseconds. */
    public static String millis(double seconds) {
        return short3(seconds * 1e3);
    }

    /** A share, without decimals. */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * fraction);
    }

    /** Of what may not have been measured. */
    public static String percent(double part, OptionalDouble whole) {
        return whole.isPresent() ? percent(part / whole.getAsDouble()) : "not measured";
    }

    /** Bytes, with commas between thousands. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d", Math.round(bytes / 0x1p20));
    }

    /** PSNR, of which equal pictures have no finite one. */
    public static String decibels(double psnr) {
        return Double.isInfinite(psnr) ? "equal" : String.format(Locale.ROOT, "%.1f dB", psnr);
    }
}
