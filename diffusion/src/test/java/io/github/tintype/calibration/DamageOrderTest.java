package io.github.tintype.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DamageOrderTest {
    private static final LayerForm BF16 = new LayerForm.Narrow(DType.BF16);
    private static final LayerForm F16 = new LayerForm.Narrow(DType.F16);
    private static final LayerForm INT8 = new LayerForm.Quantized(new Int8(false));

    private static LayerDamage damage(String path, LayerForm form, double relativeRms, long saved) {
        return new LayerDamage(PipelineComponent.UNET, path, Shape.of(1, 1), form, relativeRms, saved);
    }

    @Test
    void leastSquaredDamageForAByteComesFirst() {
        LayerDamage small = damage("small", INT8, 0.1, 1); // 0.01 a byte
        LayerDamage large = damage("large", INT8, 0.2, 100); // 0.0004 a byte
        LayerDamage bad = damage("bad", INT8, 0.5, 10); // 0.025 a byte
        DamageOrder order = DamageOrder.of(List.of(small, bad, large));
        assertThat(order.size()).isEqualTo(3);
        assertThat(order.first(0)).isEmpty();
        assertThat(order.first(2)).containsExactly(large, small);
        assertThat(order.first(3)).containsExactly(large, small, bad);
    }

    /* Points (bytes saved, squared damage): (2, 0.01), (3, 0.25), (4, 0.09): from the first to the last, the middle one is above the line. */
    @Test
    void aLayerGoesFromFormToFormAlongTheHull() {
        LayerDamage half = damage("a", BF16, 0.1, 2);
        LayerDamage beaten = damage("a", INT8, 0.5, 3);
        LayerDamage most = damage("a", F16, 0.3, 4);
        LayerDamage other = damage("b", BF16, 0.2, 2); // 0.02 a byte, between 0.005 and 0.04
        DamageOrder order = DamageOrder.of(List.of(half, beaten, most, other));
        assertThat(order.size()).isEqualTo(3);
        assertThat(order.first(1)).containsExactly(half);
        assertThat(order.first(2)).containsExactly(half, other);
        assertThat(order.first(3)).containsExactly(most, other);
    }

    @Test
    void aFormThatSavesMoreForLessDamageIsTheOnlyOne() {
        LayerDamage better = damage("a", INT8, 0.1, 4);
        DamageOrder order = DamageOrder.of(List.of(damage("a", BF16, 0.2, 2), better));
        assertThat(order.size()).isOne();
        assertThat(order.first(1)).containsExactly(better);
    }

    @Test
    void whatOverflowsIsNoChoice() {
        assertThat(DamageOrder.of(
                                List.of(damage("a", F16, Double.NaN, 4), damage("b", F16, Double.POSITIVE_INFINITY, 4)))
                        .size())
                .isZero();
    }
}
