package io.github.tintype.compile;

import io.github.tintype.reference.ReferenceDevice;
import org.junit.jupiter.api.Test;

class SplitGatedLinearsTest {
    private static final String GEGLU = """
            in0: f32[n,t,3]
            w: f32[8,3]
            b: f32[8]
            # proj
            %0 = linear(in0, w, b): f32[n,t,8]
            # geglu
            %1 = slice[2,0,4](%0): f32[n,t,4]
            %2 = slice[2,4,8](%0): f32[n,t,4]
            %3 = gelu(%2): f32[n,t,4]
            %4 = mul(%1, %3): f32[n,t,4]
            return %4
            """;

    private static PassAssert on(String text) {
        return PassAssert.on(new SplitGatedLinears(), new FusingDevice(false), text);
    }

    @Test
    void bothHalvesBecomeLayers() {
        on(GEGLU).becomes("""
                # proj
                %0 = linear(in0, slice(w, 0, 0, 4), slice(b, 0, 0, 4)): f32[n,t,4]
                %1 = linear(in0, slice(w, 0, 4, 8), slice(b, 0, 4, 8)): f32[n,t,4]
                # geglu
                %2 = gelu(%1): f32[n,t,4]
                %3 = mul(%0, %2): f32[n,t,4]
                return %3
                """);
    }

    @Test
    void theGateMayBeTheFirstHalf() {
        on("""
                in0: f32[n,3]
                w: f32[8,3]
                %0 = linear(in0, w): f32[n,8]
                %1 = slice[1,4,8](%0): f32[n,4]
                %2 = slice[1,0,4](%0): f32[n,4]
                %3 = silu(%2): f32[n,4]
                %4 = mul(%1, %3): f32[n,4]
                return %4
                """).becomes("""
                %0 = linear(in0, slice(w, 0, 4, 8)): f32[n,4]
                %1 = linear(in0, slice(w, 0, 0, 4)): f32[n,4]
                %2 = silu(%1): f32[n,4]
                %3 = mul(%0, %2): f32[n,4]
                return %3
                """);
    }

    @Test
    void doesNotFireWhereLoopsGate() {
        PassAssert.on(new SplitGatedLinears(), new FusingDevice(true), GEGLU).doesNotFire();
    }

    @Test
    void doesNotFireWhereTheDeviceDoesNotFuse() {
        PassAssert.on(new SplitGatedLinears(), new ReferenceDevice(), GEGLU).doesNotFire();
    }

    @Test
    void doesNotFireWhereSomethingElseReadsTheLayer() {
        on(GEGLU.replace("return %4", "return %4, %0")).doesNotFire();
        on(GEGLU.replace("return %4", "return %4, %2")).doesNotFire();
    }

    @Test
    void doesNotFireOnOtherSlices() {
        on(GEGLU.replace("w: f32[8,3]", "w: f32[9,3]")
                        .replace("b: f32[8]", "b: f32[9]")
                        .replace("f32[n,t,8]", "f32[n,t,9]"))
                .doesNotFire();
    }

    @Test
    void doesNotFireOnAComputedWeight() {
        on("""
                in0: f32[n,3]
                in1: f32[8,3]
                %0 = linear(in0, in1): f32[n,8]
                %1 = slice[1,0,4](%0): f32[n,4]
                %2 = slice[1,4,8](%0): f32[n,4]
                %3 = gelu(%2): f32[n,4]
                %4 = mul(%1, %3): f32[n,4]
                return %4
                """).doesNotFire();
    }
}
