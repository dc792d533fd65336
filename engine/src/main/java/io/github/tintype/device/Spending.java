package io.github.tintype.device;

/**
 * What a device may spend on a kernel.
 *
 * @param effort time, while it chooses and compiles
 * @param perByte memory: a weight may grow by a byte for so many floating-point operations of a call; 0 for as much as is fastest
 */
public record Spending(Effort effort, long perByte) {
    /** What runs uncompiled may spend: no time, so that there is no choice to be made. */
    public static final Spending LEAST = new Spending(Effort.LIBRARY, 0);

    public Spending {
        if (perByte < 0) {
            throw new IllegalArgumentException(
                    "spending: got %d operations for a byte, wanted 0 or more".formatted(perByte));
        }
    }

    /** With no regard to memory. */
    public static Spending of(Effort effort) {
        return new Spending(effort, 0);
    }

    /** Whether a call of so many operations may have a weight that grows by {@code bytes}. */
    public boolean allows(long operations, long bytes) {
        return bytes <= 0 || perByte == 0 || operations / perByte >= bytes;
    }
}
