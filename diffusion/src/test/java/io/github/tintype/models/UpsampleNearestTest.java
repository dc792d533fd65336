package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.Fixtures;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.HostTensor;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The source of each element, at ratios where torch's float arithmetic shows and at others. */
class UpsampleNearestTest {
    private final Map<String, HostTensor> golden = Fixtures.tensors(Fixtures.golden("upsample-nearest.safetensors"));

    @Test
    void sourcesAreTorchs() {
        HostTensor pairs = tensor("pairs");
        HostTensor sources = tensor("sources");
        long next = 0;
        for (long pair = 0; pair < pairs.shape().size(0); pair++) {
            long from = (long) pairs.getDouble(2 * pair);
            long to = (long) pairs.getDouble(2 * pair + 1);
            for (long i = 0; i < to; i++, next++) {
                assertThat(UpsampleNearestOp.source(i, from, to))
                        .as("element %d of %d made from %d", i, to, from)
                        .isEqualTo((long) sources.getDouble(next));
            }
        }
        assertThat(next).isEqualTo(sources.elements()).isGreaterThan(20_000);
    }

    private HostTensor tensor(String name) {
        return Optional.ofNullable(golden.get(name)).orElseThrow();
    }
}
