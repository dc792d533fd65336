package io.github.tintype.compile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoOpsTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new NoOps(), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"mul(in0, 1)", "mul(1, in0)", "div(in0, 1)", "sub(in0, 0.0)", "add(in0, -0.0)", "pow(in0, 1)"})
    void arithmeticThatReturnsEachBitGoes(String op) {
        on("""
                in0: f32[b,3]
                %0 = OP: f32[b,3]
                %1 = silu(%0): f32[b,3]
                return %1
                """.replace("OP", op)).becomes("""
                %0 = silu(in0): f32[b,3]
                return %0
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add(in0, 0.0)", // −0 + 0 is 0
                "sub(in0, -0.0)",
                "sub(0.0, in0)",
                "div(1, in0)",
                "mul(in0, 0.0)", // ∞ · 0 is NaN
                "pow(1, in0)",
                "maximum(in0, 0.0)"
            })
    void doesNotFireOnOtherArithmetic(String op) {
        on("""
                in0: f32[b,3]
                %0 = OP: f32[b,3]
                return %0
                """.replace("OP", op)).doesNotFire();
    }

    @Test
    void integersHaveOneZero() {
        on("""
                in0: i64[b]
                %0 = add(in0, 0): i64[b]
                return %0
                """).becomes("return in0");
    }

    @Test
    void doesNotFireWhereOneBroadcasts() {
        on("""
                in0: f32[3]
                %0 = full[1](): f32[b,3]
                %1 = mul(in0, %0): f32[b,3]
                return %1
                """).doesNotFire();
    }

    @Test
    void viewsThatKeepTheTypeGo() {
        on("""
                in0: f32[b,3]
                %0 = reshape(in0): f32[b,3]
                %1 = expand(%0): f32[b,3]
                %2 = permute[0,1](%1): f32[b,3]
                %3 = slice[1,0,3](%2): f32[b,3]
                %4 = cast(%3): f32[b,3]
                return %4
                """).becomes("return in0");
    }

    @Test
    void viewsOfViewsAreOne() {
        on("""
                in0: f32[b,c,h*w]
                %0 = reshape(in0): f32[b,c,h,w]
                %1 = reshape(%0): f32[b,c*h,w]
                %2 = permute[1,2,0](%1): f32[c*h,w,b]
                %3 = permute[1,2,0](%2): f32[w,b,c*h]
                return %3
                """).becomes("""
                %0 = reshape(in0): f32[b,c*h,w]
                %1 = permute[2,0,1](%0): f32[w,b,c*h]
                return %1
                """);
    }

    @Test
    void thereAndBackIsNothing() {
        on("""
                in0: f32[b,h,w]
                %0 = permute[2,0,1](in0): f32[w,b,h]
                %1 = permute[1,2,0](%0): f32[b,h,w]
                return %1
                """).becomes("return in0");
    }

    @Test
    void slicesOfOneAxisAdd() {
        on("""
                in0: f32[b,9]
                %0 = slice[1,2,8](in0): f32[b,6]
                %1 = slice[1,1,3](%0): f32[b,2]
                return %1
                """).becomes("""
                %0 = slice[1,3,5](in0): f32[b,2]
                return %0
                """);
    }

    @Test
    void doesNotFireOnAnotherOrderOrType() {
        on("""
                in0: f32[b,3,3]
                %0 = permute[0,2,1](in0): f32[b,3,3]
                %1 = cast(%0): f16[b,3,3]
                %2 = reshape(%1): f16[3,b,3]
                %3 = slice[0,0,2](%2): f16[2,b,3]
                return %3
                """).doesNotFire();
    }
}
