package io.github.tintype.device;

import java.util.Optional;

/**
 * What a device may spend on a kernel.
 *
 * @param effort time, while it compiles
 * @param perByte memory: a weight may grow by a byte for so many floating-point operations of a call; 0 for as much as is fastest
 * @param tuning time, while it chooses: empty if it has what its tables say
 */
public record Spending(Effort effort, long perByte, Optional<Tuning> tuning) {
    /** What runs uncompiled may spend: no time, so that there is no choice to be made. */
    public static final Spending LEAST = of(Effort.LIBRARY);

    public Spending {
        if (perByte < 0) {
            throw new IllegalArgumentException(
                    "spending: got %d operations for a byte, wanted 0 or more".formatted(perByte));
        }
    }

    /** With no regard to memory, by tables. */
    public static Spending of(Effort effort) {
        return new Spending(effort, 0, Optional.empty());
    }

    /** Whether a call of so many operations may have a weight that grows by {@code bytes}. */
    public boolean allows(long operations, long bytes) {
        return bytes <= 0 || perByte == 0 || operations / perByte >= bytes;
    }
}
