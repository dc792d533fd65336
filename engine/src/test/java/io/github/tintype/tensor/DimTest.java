package io.github.tintype.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The algebra of sizes. */
final class DimTest {
    private static final Dim H = Dim.symbol("h");
    private static final Dim W = Dim.symbol("w");

    /** The size after a convolution of kernel 3, padding 1, stride 2. */
    private static Dim halved(Dim size) {
        return size.plus(2).minus(Dim.of(3)).floorDiv(2).plus(1);
    }

    @Test
    void addsAndMultiplies() {
        assertThat(H.plus(H)).isEqualTo(H.times(2));
        assertThat(H.plus(1).times(H.plus(2)))
                .isEqualTo(H.times(H).plus(H.times(3)).plus(2));
        assertThat(H.times(W)).isEqualTo(W.times(H));
        assertThat(H.minus(H)).isEqualTo(Dim.ZERO);
        assertThat(H.times(0).is(0)).isTrue();
        assertThat(H.plus(W).minus(W)).isEqualTo(H);
        assertThat(Dim.of(6).times(Dim.of(7)).value()).isEqualTo(42);
    }

    @Test
    void dividesWholeMultiplesAway() {
        assertThat(H.times(8).floorDiv(8)).isEqualTo(H);
        assertThat(H.times(8).plus(7).floorDiv(8)).isEqualTo(H);
        assertThat(H.times(8).minus(Dim.ONE).floorDiv(8)).isEqualTo(H.minus(Dim.ONE));
        assertThat(H.plus(8).floorDiv(8)).isEqualTo(H.floorDiv(8).plus(1));
        assertThat(Dim.of(7).floorDiv(2)).isEqualTo(Dim.of(3));
        assertThat(H.floorDiv(1)).isEqualTo(H);
    }

    @Test
    void cancelsCommonFactors() {
        assertThat(H.times(2).floorDiv(4)).isEqualTo(H.floorDiv(2));
        assertThat(H.times(2).plus(1).floorDiv(4)).isEqualTo(H.floorDiv(2));
        assertThat(H.times(2).plus(2).floorDiv(4)).isEqualTo(H.plus(1).floorDiv(2));
        assertThat(H.times(6).plus(W.times(3)).floorDiv(9))
                .isEqualTo(H.times(2).plus(W).floorDiv(3));
    }

    @Test
    void mergesDivisionsOfDivisions() {
        assertThat(H.floorDiv(2).floorDiv(2)).isEqualTo(H.floorDiv(4));
        assertThat(H.floorDiv(2).plus(1).floorDiv(2)).isEqualTo(H.plus(2).floorDiv(4));
        assertThat(H.plus(7).floorDiv(8).floorDiv(4)).isEqualTo(H.plus(7).floorDiv(32));
    }

    @Test
    void simplifiedDivisionsKeepTheirValue() {
        List<Dim> sizes = List.of(
                H.times(2).plus(1),
                H.times(6).minus(Dim.of(5)),
                H.floorDiv(3).plus(4),
                H.times(W).plus(H),
                H.plus(1).floorDiv(2).times(3).plus(W),
                halved(halved(H)));
        for (Dim size : sizes) {
            for (long divisor = 1; divisor <= 12; divisor++) {
                Dim quotient = size.floorDiv(divisor);
                for (long h = 1; h < 20; h++) {
                    long value = h;
                    long got = quotient.evaluate(symbol -> symbol.equals("h") ? value : 5);
                    long wanted = Math.floorDiv(size.evaluate(symbol -> symbol.equals("h") ? value : 5), divisor);
                    assertThat(got).as("(%s)/%d at h=%d", size, divisor, h).isEqualTo(wanted);
                }
            }
        }
    }

    @Test
    void convolutionsOfMultiplesHaveSimpleSizes() {
        Dim latent = H.times(8);
        assertThat(latent.plus(2).minus(Dim.of(3)).floorDiv(1).plus(1)).isEqualTo(latent);
        assertThat(halved(latent)).isEqualTo(H.times(4));
        assertThat(halved(halved(halved(latent)))).isEqualTo(H);
        assertThat(halved(latent).times(2)).isEqualTo(latent);
    }

    @Test
    void stridedSizesOfOneSymbolAreOneWhicheverWayTheyAreWritten() {
        assertThat(halved(H)).isEqualTo(H.plus(1).floorDiv(2));
        assertThat(halved(halved(H))).isEqualTo(H.plus(3).floorDiv(4));
        assertThat(halved(H)).isNotEqualTo(H.floorDiv(2));
        assertThat(halved(H).evaluate(_ -> 65)).isEqualTo(33);
    }

    @Test
    void dividesExactly() {
        assertThat(H.times(8).times(W).divideExact(H)).isEqualTo(W.times(8));
        assertThat(H.times(8).divideExact(Dim.of(4))).isEqualTo(H.times(2));
        assertThat(H.plus(1).times(W.plus(2)).times(6).divideExact(Dim.of(3)))
                .isEqualTo(H.plus(1).times(W.plus(2)).times(2));
        assertThat(H.plus(1).times(W).divideExact(H.plus(1))).isEqualTo(W);
        assertThat(halved(H).times(W).divideExact(halved(H))).isEqualTo(W);
        assertThat(Dim.of(320).divideExact(Dim.of(32))).isEqualTo(Dim.of(10));
        assertThat(Dim.ZERO.divideExact(Dim.of(3))).isEqualTo(Dim.ZERO);
        assertThat(H.divideExact(H)).isEqualTo(Dim.ONE);
    }

    @Test
    void refusesInexactDivision() {
        assertThatThrownBy(() -> Dim.of(7).divideExact(Dim.of(2)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("size 7 is not a multiple of 2");
        assertThatThrownBy(() -> H.divideExact(Dim.of(2))).hasMessage("size h is not a multiple of 2");
        assertThatThrownBy(() -> H.plus(1).divideExact(W)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Dim.of(7).divideExact(Dim.ZERO)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Dim.of(-1)).hasMessage("size: got -1, wanted 0 or more");
        assertThatThrownBy(() -> H.floorDiv(0)).hasMessage("floorDiv: got divisor 0, wanted a positive number");
        assertThatThrownBy(H::value).hasMessageContaining("symbolic");
    }

    @Test
    void printsAndEvaluates() {
        assertThat(H.times(2).plus(1)).hasToString("2*h+1");
        assertThat(H.minus(Dim.ONE)).hasToString("h-1");
        assertThat(H.plus(7).floorDiv(8)).hasToString("(h+7)/8");
        assertThat(Dim.ZERO).hasToString("0");
        assertThat(H.times(W).plus(3).evaluate(symbol -> symbol.equals("h") ? 5 : 7))
                .isEqualTo(38);
        assertThat(H.plus(7).floorDiv(8).times(W).symbols()).containsExactly("h", "w");
    }

    @Test
    void whatIsPrintedIsParsed() {
        for (Dim size : List.of(
                Dim.ZERO,
                Dim.of(77),
                H,
                H.minus(Dim.of(3)),
                Dim.ZERO.minus(H.times(W)).plus(2),
                H.plus(7).floorDiv(8).times(W).times(3).plus(H),
                halved(halved(halved(H))).times(halved(W)).minus(W.times(5)),
                H.times(H).plus(W).floorDiv(3).plus(1).times(W).floorDiv(7))) {
            assertThat(Dim.parse(size.toString())).isEqualTo(size).hasToString(size.toString());
        }
        for (String text : List.of(
                "",
                "-",
                "h+",
                "2h",
                "(h+1)",
                "(h+1)/0",
                "(h+1/2",
                "h w",
                "1e3",
                "99999999999999999999",
                "(".repeat(5000))) {
            assertThatThrownBy(() -> Dim.parse(text)).as(text).isInstanceOf(ShapeException.class);
        }
    }
}
