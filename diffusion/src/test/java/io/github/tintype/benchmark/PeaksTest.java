package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PeaksTest {
    @Test
    void theRooflineIsWhateverIsLonger() {
        Peaks peaks = new Peaks(2, OptionalDouble.of(100), 10);
        assertThat(peaks.roofline(1000, 10)).hasValue(10);
        assertThat(peaks.roofline(1000, 500)).hasValue(50);
        assertThat(new Peaks(2, OptionalDouble.empty(), 10).roofline(1000, 500)).isEmpty();
    }

    @Test
    void nothingIsFreeOfTime() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Peaks(2, OptionalDouble.of(0), 10))
                .withMessageStartingWith("peaks: got 2 threads, ");
    }

    /* numpy.quantile([4, 1, 3, 2], [0, 0.25, 0.5, 0.75, 1]) */
    @Test
    void quantilesAreNumpys() {
        Timings timings = new Timings(List.of(4.0, 1.0, 3.0, 2.0));
        assertThat(timings.least()).isEqualTo(1);
        assertThat(timings.quantile(0.25)).isCloseTo(1.75, within(1e-12));
        assertThat(timings.median()).isCloseTo(2.5, within(1e-12));
        assertThat(timings.quantile(0.75)).isCloseTo(3.25, within(1e-12));
        assertThat(timings.most()).isEqualTo(4);
        assertThat(new Timings(List.of(7.0)).quantile(0.75)).isEqualTo(7);
    }

    @Test
    void residenceIsRead() {
        Residence now = Residence.now();
        assertThat(now.anonymous()).isBetween(1L << 20, now.peak());
        assertThat(now.files()).isBetween(1L << 20, now.peak());
    }
}
