package io.github.tintype.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.QuantizedPart.Part;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** By hand; the goldens of torchao are the suite's of the diffusion module. */
class QuantizedWeightTest {
    private static DenseWeight weight(DType dtype, float[] values, long... shape) {
        return new DenseWeight("w", dtype, HostTensor.ofFloats(values, shape));
    }

    private static float[] part(QuantizedWeight weight, Part part) {
        HostTensor source = weight.component(part).source(Arena.ofAuto());
        assertThat(source.type()).isEqualTo(weight.component(part).type());
        return source.toFloats();
    }

    @Test
    void int8HasAScaleForEachRow() {
        QuantizedWeight weight = QuantizedWeight.of(
                weight(DType.F32, new float[] {127.5f, -127.5f, 2.5f, 0, 0, 0}, 2, 3), new Int8(false));
        assertThat(part(weight, Part.SCALES)).containsExactly(1, 0x1p-23f);
        assertThat(part(weight, Part.VALUES)).containsExactly(127, -128, 2, 0, 0, 0);
        assertThat(weight.source(Arena.ofAuto()).toFloats()).containsExactly(127, -128, 2, 0, 0, 0);
        assertThat(weight).hasToString("int8-weight-only(w):f32[2,3]");
    }

    @Test
    void scalesAreComputedInTheWeightsType() {
        float[] values = {1, 0.3f};
        QuantizedWeight weight = QuantizedWeight.of(weight(DType.BF16, values, 1, 2), new Int8(true));
        assertThat(part(weight, Part.SCALES)).containsExactly(0.007873535f); // 1/127.5 = 0.0078431 in bf16
        assertThat(part(weight, Part.VALUES)).containsExactly(127, 38); // 0.3 is 0.30078125 there
    }

    @Test
    void int4LiesTwoInAByteTheEvenOneLow() {
        float[] values = new float[32];
        values[0] = -7.5f;
        values[1] = 7;
        values[2] = 1;
        QuantizedWeight weight = QuantizedWeight.of(weight(DType.F32, values, 1, 32), new Int4(32, Int4.Zero.MIDDLE));
        assertThat(part(weight, Part.SCALES)).containsExactly(1);
        float[] bytes = part(weight, Part.VALUES);
        assertThat(bytes).hasSize(16).startsWith(15 << 4, 8 << 4 | 9, 8 << 4 | 8);
        assertThat(weight.source(Arena.ofAuto()).toFloats()).startsWith(-8, 7, 1, 0);
    }

    @Test
    void zerosOfFloat8StayZero() {
        QuantizedWeight weight = QuantizedWeight.of(
                weight(DType.F32, new float[] {0, 0, -448, 1}, 2, 2), new QuantizationScheme.Float8(true, false));
        assertThat(part(weight, Part.SCALES)).containsExactly(0, 1);
        assertThat(part(weight, Part.VALUES)).containsExactly(0, 0, -448, 1);
        assertThat(weight.source(Arena.ofAuto()).toFloats()).containsExactly(0, 0, -448, 1);
    }

    @Test
    void aWeightThatIsNotFiniteShowsInItsScales() {
        float[] values = {1, Float.NaN, 1, Float.POSITIVE_INFINITY};
        QuantizedWeight weight = QuantizedWeight.of(weight(DType.F32, values, 2, 2), new Int8(false));
        assertThat(part(weight, Part.SCALES)).containsExactly(Float.NaN, Float.POSITIVE_INFINITY);
    }

    @Test
    void itIsMadeOfThePartsOfTheWeight() {
        DenseWeight a = weight(DType.F32, new float[] {1, 2}, 1, 2);
        DenseWeight b = weight(DType.F32, new float[] {3, 4}, 1, 2);
        QuantizedWeight both = QuantizedWeight.of(new CatWeight(List.of(a, b), 0), new Int8(false));
        assertThat(both.parts()).containsExactly(a, b, a, b);
        assertThat(both.withParts(part -> part == a ? b : a))
                .isEqualTo(QuantizedWeight.of(new CatWeight(List.of(b, a), 0), new Int8(false)));
        assertThat(both.isQuantized()).isTrue();
        assertThat(a.isQuantized()).isFalse();
    }

    @Test
    void partsThatASchemeDoesNotHaveAreErrors() {
        QuantizedWeight weight = QuantizedWeight.of(weight(DType.F32, new float[] {1, 2}, 1, 2), new Int8(false));
        assertThatThrownBy(() -> weight.component(Part.ZEROS))
                .isInstanceOf(ShapeException.class)
                .hasMessage("int8-weight-only: got asked for ZEROS, wanted one of [VALUES, SCALES]");
        assertThatThrownBy(() -> QuantizedWeight.of(weight(DType.F32, new float[] {1, 2}, 2), new Int8(false)))
                .hasMessage("quantisation: got a weight [2], wanted [out,in]");
        assertThatThrownBy(() -> new Int4(48, Int4.Zero.MIDDLE))
                .hasMessage("int4: got groups of 48, wanted one of [32, 64, 128, 256]");
    }
}
