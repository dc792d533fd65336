package io.github.tintype.app;

import io.github.tintype.device.Device;
import io.github.tintype.reference.ReferenceDevice;

/** The only place where a device is chosen. */
final class Devices {
    private Devices() {}

    /** The device that {@code request} names. */
    static Device open(GenerationRequest request) {
        return switch (request.device()) {
            case CPU ->
                throw new CliException(
                        ExitCode.COMPUTE, "--device: the cpu device is not in this build, use reference");
            case REFERENCE -> new ReferenceDevice();
        };
    }
}
