package io.github.tintype.app;

import io.github.tintype.code.cache.CompiledPackage;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Device;
import io.github.tintype.reference.ReferenceDevice;
import java.util.List;

/** The only place where a device is chosen. */
final class Devices {
    private Devices() {}

    /**
     * The device that {@code request} names.
     *
     * @param packages of compiled programs, which outlive it
     * @throws io.github.tintype.tensor.DeviceException if its native library can't be loaded
     */
    static Device open(GenerationRequest request, List<CompiledPackage> packages) {
        return switch (request.device()) {
            case CPU -> {
                CpuDevice.Settings here = CpuDevice.Settings.here()
                        .withPackages(packages)
                        .withDeterministic(request.deterministic())
                        .withMatmulPrecision(request.matmulPrecision());
                yield CpuDevice.open(
                        request.threads().isPresent()
                                ? here.withThreads(request.threads().getAsInt())
                                : here);
            }
            case REFERENCE -> // one thread, no choices: as deterministic as can be
                new ReferenceDevice();
        };
    }
}
