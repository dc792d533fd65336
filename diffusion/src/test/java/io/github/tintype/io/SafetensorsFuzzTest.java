package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes for a header: a table of tensors, or our own error. */
class SafetensorsFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void header(byte[] header) {
        for (long dataBytes : new long[] {0, 19, Long.MAX_VALUE}) {
            try {
                SafetensorsHeader.Content content = SafetensorsHeader.parse(header, dataBytes, "fuzz");
                long covered = content.tensors().values().stream()
                        .mapToLong(tensor -> tensor.end() - tensor.begin())
                        .sum();
                assertThat(covered).isEqualTo(dataBytes);
            } catch (ModelFormatException e) {
                assertThat(e).hasMessageNotContaining("\n");
            }
        }
    }
}
