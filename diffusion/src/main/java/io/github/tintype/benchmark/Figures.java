package io.github.tintype.benchmark;

import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers for people, whatever the locale. */
final class Figures {
    private Figures() {}

    /** With three digits or so: 0.123, 12.3, 1234. */
    static String short3(double value) {
        int decimals = value < 0.1 ? 4 : value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    static String millis(double seconds) {
        return short3(seconds * 1e3);
    }

    static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * fraction);
    }

    /** Of what may not have been measured. */
    static String percent(double part, OptionalDouble whole) {
        return whole.isPresent() ? percent(part / whole.getAsDouble()) : "not measured";
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d", Math.round(bytes / 0x1p20));
    }
}
