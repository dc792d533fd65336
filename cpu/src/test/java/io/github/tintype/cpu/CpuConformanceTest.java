package io.github.tintype.cpu;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.conformance.DeviceConformance;
import io.github.tintype.device.Device;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.DType;
import org.junit.jupiter.api.AfterAll;

/** The CPU device against the oracle: every op that it says it supports. */
class CpuConformanceTest extends DeviceConformance {
    private static final CpuDevice DEVICE = CpuDevice.open(2);

    @Override
    protected Device device() {
        return DEVICE;
    }

    /**
     * The library adds a convolution's products one after another in f32: 1.41 times the usual tolerance was measured at 3×3 kernels
     * (AVX-512).
     */
    @Override
    protected double slack(Op op) {
        return switch (op) {
            case Conv2dOp _, UpsampleConv2dOp _ -> 2;
            case EpilogueOp(Op base, var _) -> slack(base);
            default -> 1;
        };
    }

    /** Where the processor multiplies BF16. */
    @Override
    protected boolean roundsWeights(DType dtype) {
        return dtype == DType.BF16 && FpMath.multipliesBf16(HostProcessor.target());
    }

    /** The library's GELUs multiply infinity by 0 on the way. */
    @Override
    protected boolean infinityMayBecomeNaN(Op op) {
        return op instanceof ActivationOp(ActivationOp.Kind kind)
                && (kind == ActivationOp.Kind.GELU || kind == ActivationOp.Kind.GELU_TANH);
    }

    @AfterAll
    static void close() {
        DEVICE.close();
    }
}
