package io.github.tintype.app;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Device;
import io.github.tintype.reference.ReferenceDevice;

/** The only place where a device is chosen. */
final class Devices {
    private Devices() {}

    /**
     * The device that {@code request} names.
     *
     * @throws io.github.tintype.tensor.DeviceException if its native library can't be loaded
     */
    static Device open(GenerationRequest request) {
        return switch (request.device()) {
            case CPU ->
                request.threads().isPresent() ? CpuDevice.open(request.threads().getAsInt()) : CpuDevice.open();
            case REFERENCE -> new ReferenceDevice();
        };
    }
}
