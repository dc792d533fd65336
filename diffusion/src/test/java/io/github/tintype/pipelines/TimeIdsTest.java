package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.HostTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeIdsTest {
    private static final TimeIds NEGATIVE = TimeIds.of(1, 2);
    private static final TimeIds POSITIVE = TimeIds.of(3, 4);

    @Test
    void rowsOfOnePictureStandUnguidedThenGuided() {
        assertThat(TimeIds.rows(1, List.of(NEGATIVE, POSITIVE)).toFloats()).containsExactly(1, 2, 3, 4);
    }

    /** As diffusers does it: the pair is repeated, although the embeddings stand in two halves. */
    @Test
    void rowsOfSeveralPicturesAlternate() {
        HostTensor rows = TimeIds.rows(2, List.of(NEGATIVE, POSITIVE));
        assertThat(rows.shape().sizes()).containsExactly(4, 2);
        assertThat(rows.toFloats()).containsExactly(1, 2, 3, 4, 1, 2, 3, 4);
    }

    @Test
    void sizesComeHeightFirst() {
        TimeIds ids = TimeIds.of(new Size(10, 20), new CropCoordinates(3, 4), new Size(50, 60));
        assertThat(ids.values()).containsExactly(10.0, 20.0, 3.0, 4.0, 50.0, 60.0);
    }
}
