package io.github.tintype.device;

import java.util.Map;

/**
 * How a device computes one op.
 *
 * @param output how the result lies in memory; dense
 * @param kernel computes it
 * @param packings which weights (by input index) the kernel wants in another form
 * @param scratchBytes memory that the kernel needs while it runs
 * @param implementation what was chosen, for profiles, e.g. {@code brgemm:avx512_core}
 */
public record Lowering(
        Layout output, Kernel kernel, Map<Integer, Packing> packings, long scratchBytes, String implementation) {
    public Lowering {
        packings = Map.copyOf(packings);
    }

    public static Lowering of(Layout output, Kernel kernel, String implementation) {
        return new Lowering(output, kernel, Map.of(), 0, implementation);
    }
}
