package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GuidanceTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    private final Engine engine = Engine.on(new ReferenceDevice());

    /** Rows [uncond, cond] of one picture with four values each. */
    private final Tensor output = engine.tensor(HostTensor.ofFloats(new float[] {1, 2, 3, 4, 2, 4, 4, 8}, 2, 1, 2, 2));

    @Test
    void movesAwayFromTheUnguidedHalf() {
        assertThat(new Guidance(3, 0).apply(output).toHost().toFloats()).containsExactly(4, 8, 6, 16);
    }

    /** torch: std_text / std_cfg with n − 1 in the denominator, mixed with weight 0.5. */
    @Test
    void rescalesTowardsTheDeviationOfTheGuidedHalf() {
        double ratio = Math.sqrt(19.0 / 3) / Math.sqrt(83.0 / 3);
        float[] got = new Guidance(3, 0.5).apply(output).toHost().toFloats();
        float[] plain = {4, 8, 6, 16};
        for (int i = 0; i < plain.length; i++) {
            assertThat(got[i]).isCloseTo((float) (plain[i] * (0.5 * ratio + 0.5)), CLOSE);
        }
    }

    @Test
    void isInactiveUpToOne() {
        Guidance off = new Guidance(1, 0);
        assertThat(off.active()).isFalse();
        assertThat(off.apply(output)).isSameAs(output);
        assertThat(off.expand(output)).isSameAs(output);
    }
}
