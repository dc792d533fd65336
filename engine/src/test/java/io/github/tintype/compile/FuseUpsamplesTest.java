package io.github.tintype.compile;

import org.junit.jupiter.api.Test;

class FuseUpsamplesTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new FuseUpsamples(), new FusingDevice(false), text);
    }

    @Test
    void aConvolutionReadsPixelsTwice() {
        on("""
                in0: f32[n,4,h,w]
                k: f32[8,4,3,3]
                b: f32[8]
                %0 = upsample_nearest(in0): f32[n,4,2*h,2*w]
                # conv
                %1 = conv2d[padding=1](%0, k, b): f32[n,8,2*h,2*w]
                return %1
                """).becomes("""
                # conv
                %0 = upsample_conv2d[padding=1](in0, k, b): f32[n,8,2*h,2*w]
                return %0
                """);
    }

    @Test
    void itDoesNotWhereAnotherReadsTheLargeImage() {
        on("""
                in0: f32[1,4,5,6]
                k: f32[8,4,3,3]
                %0 = upsample_nearest(in0): f32[1,4,10,12]
                %1 = conv2d[padding=1](%0, k): f32[1,8,10,12]
                return %1, %0
                """).doesNotFire();
    }

    @Test
    void itDoesNotByOtherFactors() {
        on("""
                in0: f32[1,4,5,6]
                k: f32[8,4,3,3]
                %0 = upsample_nearest(in0): f32[1,4,10,11]
                %1 = conv2d[padding=1](%0, k): f32[1,8,10,11]
                return %1
                """).doesNotFire();
    }

    @Test
    void itDoesNotWhereTheDeviceHasNoKernel() {
        on("""
                in0: f32[1,4,5,6]
                k: f32[8,4,3,3]
                %0 = upsample_nearest(in0): f32[1,4,10,12]
                %1 = conv2d[stride=2,padding=1](%0, k): f32[1,8,5,6]
                return %1
                """).doesNotFire();
    }
}
