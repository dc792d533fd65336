package io.github.tintype.compile;

import org.junit.jupiter.api.Test;

class FuseEpiloguesTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new FuseEpilogues(), new FusingDevice(false), text);
    }

    private static final String LEAVES = """
            in0: f32[n,4,h,w]
            in1: f32[n,4,h,w]
            w: f32[4,4,3,3]
            b: f32[4]
            m: f32[4,4]
            """;

    @Test
    void aResidualOfAConvolutionAndAnActivation() {
        on(LEAVES + """
                # conv
                %0 = conv2d[padding=1](in0, w, b): f32[n,4,h,w]
                #
                %1 = add(in1, %0): f32[n,4,h,w]
                %2 = silu(%1): f32[n,4,h,w]
                return %2
                """).becomes("""
                # conv
                %0 = conv2d[padding=1]+add+silu(in0, w, b, in1): f32[n,4,h,w]
                return %0
                """);
    }

    @Test
    void aShiftOfEachChannel() {
        on(LEAVES + """
                in2: f32[n,4]
                %0 = conv2d[padding=1](in0, w): f32[n,4,h,w]
                %1 = reshape(in2): f32[n,4,1,1]
                %2 = add(%0, %1): f32[n,4,h,w]
                %3 = group_norm[groups=2](%2, b, b): f32[n,4,h,w]
                %4 = silu(%3): f32[n,4,h,w]
                return %4
                """).becomes("""
                %0 = reshape(in2): f32[n,4,1,1]
                %1 = conv2d[padding=1]+add(in0, w, %0): f32[n,4,h,w]
                %2 = group_norm[groups=2,eps=1.0E-5]+silu(%1, b, b): f32[n,4,h,w]
                return %2
                """);
    }

    @Test
    void numbersAreTakenIn() {
        on("""
                in0: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = mul(2, %0): f32[n,4]
                %2 = sub(%1, 3): f32[n,4]
                return %2
                """).becomes("""
                %0 = linear+mul(2.0)+add(-3.0)(in0, m): f32[n,4]
                return %0
                """);
    }

    @Test
    void theOtherOperandGoesTheWayBackThroughViews() {
        on(LEAVES + """
                # proj_out
                %0 = permute[0,2,3,1](in0): f32[n,h,w,4]
                %1 = reshape(%0): f32[n,h*w,4]
                %2 = linear(%1, m): f32[n,h*w,4]
                # block
                %3 = reshape(%2): f32[n,h,w,4]
                %4 = permute[0,3,1,2](%3): f32[n,4,h,w]
                %5 = add(%4, in1): f32[n,4,h,w]
                return %5
                """).becomes("""
                # proj_out
                %0 = permute[0,2,3,1](in0): f32[n,h,w,4]
                %1 = reshape(%0): f32[n,h*w,4]
                # block
                %2 = permute[0,2,3,1](in1): f32[n,h,w,4]
                %3 = reshape(%2): f32[n,h*w,4]
                # proj_out
                %4 = linear+add(%1, m, %3): f32[n,h*w,4]
                # block
                %5 = reshape(%4): f32[n,h,w,4]
                %6 = permute[0,3,1,2](%5): f32[n,4,h,w]
                return %6
                """);
    }

    @Test
    void activationsPassViewsAndStepsFollow() {
        on("""
                in0: f32[n,t,4]
                in1: f32[n,4,t]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,t,4]
                %1 = permute[0,2,1](%0): f32[n,4,t]
                %2 = gelu(%1): f32[n,4,t]
                %3 = mul(%2, in1): f32[n,4,t]
                return %3
                """).becomes("""
                %0 = permute[0,2,1](in1): f32[n,t,4]
                %1 = linear+gelu+mul(in0, m, %0): f32[n,t,4]
                %2 = permute[0,2,1](%1): f32[n,4,t]
                return %2
                """);
    }

    @Test
    void theFirstOfTwoKernelsTakesTheSum() {
        on("""
                in0: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = gelu(%0): f32[n,4]
                %2 = linear(in0, m): f32[n,4]
                %3 = mul(%2, %1): f32[n,4]
                return %3
                """).becomes("""
                %0 = linear+gelu(in0, m): f32[n,4]
                %1 = linear+mul(in0, m, %0): f32[n,4]
                return %1
                """);
    }

    @Test
    void doesNotFireWhereTheResultHasAnotherReader() {
        on("""
                in0: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = silu(%0): f32[n,4]
                return %0, %1
                """).doesNotFire();
        on("""
                in0: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = mul(%0, %0): f32[n,4]
                return %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireWhereAViewHasAnotherReader() {
        on("""
                in0: f32[n,t,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,t,4]
                %1 = permute[0,2,1](%0): f32[n,4,t]
                %2 = silu(%1): f32[n,4,t]
                return %1, %2
                """).doesNotFire();
    }

    @Test
    void doesNotFireWhereTheResultBroadcasts() {
        on("""
                in0: f32[1,4]
                in1: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[1,4]
                %1 = add(%0, in1): f32[n,4]
                return %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireWhereTheOtherOperandBroadcastsBehindAView() {
        on("""
                in0: f32[n,t,4]
                in1: f32[4,1]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,t,4]
                %1 = permute[0,2,1](%0): f32[n,4,t]
                %2 = add(%1, in1): f32[n,4,t]
                return %2
                """).doesNotFire();
    }

    @Test
    void doesNotFireBehindASlice() {
        on("""
                in0: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = slice[1,0,2](%0): f32[n,2]
                %2 = silu(%1): f32[n,2]
                return %2
                """).doesNotFire();
    }

    @Test
    void doesNotFireWhereTheDeviceHasNoKernel() {
        on("""
                in0: f32[n,4]
                in1: f32[n,4]
                %0 = add(in0, in1): f32[n,4]
                %1 = silu(%0): f32[n,4]
                return %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnOtherArithmetic() {
        on("""
                in0: f32[n,4]
                in1: f32[n,4]
                m: f32[4,4]
                %0 = linear(in0, m): f32[n,4]
                %1 = sub(%0, in1): f32[n,4]
                %2 = linear(in0, m): f32[n,4]
                %3 = sub(1, %2): f32[n,4]
                %4 = linear(in0, m): f32[n,4]
                %5 = div(%4, 3): f32[n,4]
                return %1, %3, %5
                """).doesNotFire();
    }
}
