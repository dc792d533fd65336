package io.github.tintype.compile;

import org.junit.jupiter.api.Test;

class ConstantFoldingTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new ConstantFolding(), text);
    }

    @Test
    void chainsOfConstantsBecomeOne() {
        on("""
                in0: f32[b,3]
                c = 1 2 3: f32[3]
                %0 = mul(c, 2): f32[3]
                %1 = reshape(%0): f32[1,3]
                %2 = add(in0, %1): f32[b,3]
                return %2
                """).becomes("""
                %0 = add(in0, constant f32[1,3] {2.0 4.0 6.0}): f32[b,3]
                return %0
                """);
    }

    @Test
    void compositesFoldByTheirDecomposition() {
        on("""
                c = 0 -1: f32[2]
                %0 = relu(c): f32[2]
                return %0
                """).becomes("return constant f32[2] {0.0 0.0}");
    }

    @Test
    void countingIsDoneOnce() {
        on("""
                in0: i64[3]
                %0 = arange(): i64[3]
                %1 = add(%0, 1): i64[3]
                %2 = mul(in0, %1): i64[3]
                return %2
                """).becomes("""
                %0 = mul(in0, constant i64[3] {1.0 2.0 3.0}): i64[3]
                return %0
                """);
    }

    @Test
    void aNumberStaysANumber() {
        on("""
                in0: f32[b]
                %0 = full[9](): f32[]
                %1 = sqrt(%0): f32[]
                %2 = mul(%1, %1): f32[]
                %3 = mul(in0, %2): f32[b]
                return %3
                """).becomes("""
                %0 = mul(in0, 9.0): f32[b]
                return %0
                """);
    }

    @Test
    void theSignOfZeroAndNaNFollowTheReferenceKernels() {
        on("""
                c = -0.0 NaN: f32[2]
                %0 = add(c, 0.0): f32[2]
                %1 = div(0.0, %0): f32[2]
                return %0, %1
                """).becomes("return constant f32[2] {0.0 NaN}, constant f32[2] {NaN NaN}");
    }

    @Test
    void doesNotFireOnWeights() {
        on("""
                w: f32[2]
                %0 = mul(w, 2): f32[2]
                return %0
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnSymbolicSizes() {
        on("""
                %0 = arange(): i64[t]
                %1 = add(%0, 1): i64[t]
                return %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnLargeResults() {
        on("""
                %0 = arange(): i64[8193]
                %1 = add(%0, 1): i64[8193]
                return %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnWhatIsShortAlready() {
        on("""
                in0: f32[2,3]
                c = 1 2 3: f32[3]
                %0 = full[2](): f32[2,3]
                %1 = expand(c): f32[2,3]
                %2 = mul(in0, %0): f32[2,3]
                %3 = mul(%2, %1): f32[2,3]
                return %3
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnWhatFails() {
        on("""
                c = 1 2: i64[2]
                d = 0 1: i64[2]
                %0 = div(c, d): i64[2]
                return %0
                """).doesNotFire();
    }
}
