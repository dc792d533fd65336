package io.github.tintype.reference;

import io.github.tintype.conformance.DeviceConformance;
import io.github.tintype.device.Device;

/** The reference device against itself in double: strides, rounding and types. What its numbers are is in {@link ReferenceDeviceTest}. */
final class ReferenceConformanceTest extends DeviceConformance {
    @Override
    protected Device device() {
        return new ReferenceDevice();
    }
}
