package io.github.tintype.compile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Conv1x1AsMmTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new Conv1x1AsMm(), text);
    }

    @Test
    void aPointwiseConvolutionIsALayerOnChannels() {
        on("""
                in0: f32[n,4,h,w]
                w: f32[8,4,1,1]
                b: f32[8]
                # shortcut
                %0 = conv2d(in0, w, b): f32[n,8,h,w]
                return %0
                """).becomes("""
                # shortcut
                %0 = permute[0,2,3,1](in0): f32[n,h,w,4]
                %1 = linear(%0, reshape(w, [8,4]), b): f32[n,h,w,8]
                %2 = permute[0,3,1,2](%1): f32[n,8,h,w]
                return %2
                """);
    }

    @Test
    void aComputedWeightIsReshapedInTheGraph() {
        on("""
                in0: f32[n,4,h,w]
                in1: f32[8,4,1,1]
                %0 = conv2d(in0, in1): f32[n,8,h,w]
                return %0
                """).becomes("""
                %0 = permute[0,2,3,1](in0): f32[n,h,w,4]
                %1 = reshape(in1): f32[8,4]
                %2 = linear(%0, %1): f32[n,h,w,8]
                %3 = permute[0,3,1,2](%2): f32[n,8,h,w]
                return %3
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "w: f32[4,4,3,3]|conv2d[padding=1](in0, w): f32[n,4,8,8]",
                "w: f32[4,4,1,1]|conv2d[stride=2](in0, w): f32[n,4,4,4]",
                "w: f32[4,4,1,1]|conv2d[padding=1](in0, w): f32[n,4,10,10]",
                "w: f32[4,2,1,1]|conv2d[groups=2](in0, w): f32[n,4,8,8]"
            })
    void doesNotFireOnOthers(String conv) {
        on("""
                in0: f32[n,4,8,8]
                WEIGHT
                %0 = CONV
                return %0
                """.replace("WEIGHT", conv.substring(0, conv.indexOf('|')))
                        .replace("CONV", conv.substring(conv.indexOf('|') + 1)))
                .doesNotFire();
    }
}
