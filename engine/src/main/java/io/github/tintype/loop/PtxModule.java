package io.github.tintype.loop;

import io.github.tintype.code.GpuArchitecture;
import java.util.List;

/**
 * A program as PTX, which the driver assembles.
 *
 * @param text one {@code .entry} for each kernel, of its name; needs nobody else's functions
 * @param launches how each kernel is started, in their order
 */
public record PtxModule(GpuArchitecture architecture, String text, List<Launch> launches) {
    public PtxModule {
        launches = List.copyOf(launches);
    }
}
