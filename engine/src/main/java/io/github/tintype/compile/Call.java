package io.github.tintype.compile;

import io.github.tintype.device.Kernel;
import java.util.List;

/**
 * One kernel call of a plan.
 *
 * @param name the op's name, for profiles
 * @param scope the path of the module that recorded it
 * @param implementation what the device chose
 * @param flops floating-point operations
 * @param bytes memory read and written at least
 */
public record Call(
        String name,
        String scope,
        String implementation,
        Kernel kernel,
        List<Reference> inputs,
        Reference output,
        Reference scratch,
        long flops,
        long bytes) {
    public Call {
        inputs = List.copyOf(inputs);
    }
}
