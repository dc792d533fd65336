package io.github.tintype.io;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of diffusers that wrote a file, {@code _diffusers_version}; what follows the three numbers (dev0) doesn't count. */
public record DiffusersVersion(int major, int minor, int patch) implements Comparable<DiffusersVersion> {
    /** The one whose files and numbers Tintype is checked against. */
    public static final DiffusersVersion FOLLOWED = new DiffusersVersion(0, 42, 1);

    private static final Pattern NUMBERS =
            Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6})(?:\\.([0-9]{1,6}))?(?![0-9]).*");

    /** Reads "0.42.1" or "0.43.0.dev0"; empty for anything else. */
    public static Optional<DiffusersVersion> parse(String text) {
        Matcher match = NUMBERS.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
        int patch = match.group(3) == null ? 0 : Integer.parseInt(match.group(3));
        return Optional.of(
                new DiffusersVersion(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)), patch));
    }

    @Override
    public int compareTo(DiffusersVersion other) {
        return Comparator.comparingInt(DiffusersVersion::major)
                .thenComparingInt(DiffusersVersion::minor)
                .thenComparingInt(DiffusersVersion::patch)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
