package io.github.tintype.compile;

import org.junit.jupiter.api.Test;

class FuseLoopsTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new FuseLoops(), new FusingDevice(true), text);
    }

    @Test
    void whatFollowsANorm() {
        on("""
                in0: f32[n,4,h,w]
                in1: f32[n,4,h,w]
                b: f32[4]
                %0 = group_norm[groups=2](in0, b, b): f32[n,4,h,w]
                %1 = silu(%0): f32[n,4,h,w]
                %2 = mul(%1, in1): f32[n,4,h,w]
                return %2
                """).becomes("""
                %0 = fused{0=group_norm[groups=2,eps=1.0E-5](a0,a1,a1) 1=silu(0) 2=mul(1,a2)}(in0, b, in1): f32[n,4,h,w]
                return %0
                """);
    }

    @Test
    void numbersAreSteps() {
        on("""
                in0: f32[b,4]
                in1: f32[b,4]
                %0 = sub(in0, in1): f32[b,4]
                %1 = mul(%0, 7.5): f32[b,4]
                %2 = add(%1, in1): f32[b,4]
                return %2
                """).becomes("""
                %0 = fused{0=sub(a0,a1) 2=mul(0,7.5) 3=add(2,a1)}(in0, in1): f32[b,4]
                return %0
                """);
    }

    @Test
    void viewsInBetweenAreTakenInAndThoseOfArgumentsAreNot() {
        on("""
                in0: f32[b,6]
                in1: f32[6,b]
                %0 = silu(in0): f32[b,6]
                %1 = permute[1,0](%0): f32[6,b]
                %2 = permute[1,0](in1): f32[b,6]
                %3 = permute[1,0](%2): f32[6,b]
                %4 = add(%1, %3): f32[6,b]
                return %4
                """).becomes("""
                %0 = permute[1,0](in1): f32[b,6]
                %1 = permute[1,0](%0): f32[6,b]
                %2 = fused{0=silu(a0) 1=permute[1,0](0) 2=add(1,a1)}(in0, %1): f32[6,b]
                return %2
                """);
    }

    @Test
    void whatOthersReadIsStored() {
        on("""
                in0: f32[b,4]
                m: f32[4,4]
                %0 = silu(in0): f32[b,4]
                %1 = linear(%0, m): f32[b,4]
                %2 = add(%1, %0): f32[b,4]
                %3 = mul(%2, 2): f32[b,4]
                return %3
                """).becomes("""
                %0 = silu(in0): f32[b,4]
                %1 = linear(%0, m): f32[b,4]
                %2 = fused{0=add(a0,a1) 2=mul(0,2.0)}(%1, %0): f32[b,4]
                return %2
                """);
    }

    @Test
    void whatSeveralOfTheSameKernelReadIsComputedOnce() {
        on("""
                in0: f32[b,4]
                %0 = exp(in0): f32[b,4]
                %1 = neg(%0): f32[b,4]
                %2 = silu(%0): f32[b,4]
                %3 = add(%1, %2): f32[b,4]
                return %3
                """).becomes("""
                %0 = fused{0=exp(a0) 1=neg(0) 2=silu(0) 3=add(1,2)}(in0): f32[b,4]
                return %0
                """);
    }

    @Test
    void whatTheDeviceRefusesIsLeftOut() {
        on("""
                in0: f32[5,4]
                in1: i64[b]
                %0 = index_select[0](in0, in1): f32[b,4]
                %1 = silu(%0): f32[b,4]
                %2 = mul(%1, 2): f32[b,4]
                return %2
                """).becomes("""
                %0 = index_select[0](in0, in1): f32[b,4]
                %1 = fused{0=silu(a0) 2=mul(0,2.0)}(%0): f32[b,4]
                return %1
                """);
    }

    @Test
    void doesNotFireForASingleOp() {
        on("""
                in0: f32[b,4]
                m: f32[4,4]
                %0 = silu(in0): f32[b,4]
                %1 = linear(%0, m): f32[b,4]
                %2 = reshape(%1): f32[b,2,2]
                return %2
                """).doesNotFire();
    }

    @Test
    void doesNotFireWhereTheDeviceHasNoLoops() {
        PassAssert.on(new FuseLoops(), new FusingDevice(false), """
                in0: f32[b,4]
                %0 = silu(in0): f32[b,4]
                %1 = mul(%0, 2): f32[b,4]
                return %1
                """).doesNotFire();
    }
}
