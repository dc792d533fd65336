package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.tensor.HostTensor;
import java.nio.file.Path;
import java.util.Optional;

/** Golden files: inputs and what torch made of them. */
public final class Golden {
    private static final double RTOL_OF_MAX = 2e-5;
    private static final double ATOL = 1e-6;

    private Golden() {}

    public static Path fixture(String path) {
        return Path.of("src/test/resources/fixtures").resolve(path);
    }

    public static SafetensorsFile open(String path) {
        return SafetensorsFile.open(fixture(path));
    }

    public static Checkpoint checkpoint(String folder) {
        return Checkpoint.open(
                fixture("checkpoints/" + folder),
                folder.contains("fp16-variant") ? Optional.of("fp16") : Optional.empty());
    }

    public static ConfigNode config(String folder) {
        return Json.read(fixture("checkpoints/" + folder + "/config.json"));
    }

    /** |got − wanted| ≤ atol + rtol · max|wanted|, the manifest's rule. */
    public static void assertClose(String what, HostTensor got, HostTensor wanted) {
        assertThat(got.shape()).as(what).isEqualTo(wanted.shape());
        float[] a = got.toFloats();
        float[] b = wanted.toFloats();
        double max = 0;
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            max = Math.max(max, Math.abs(b[i]));
            double difference = Math.abs((double) a[i] - b[i]);
            worst = difference >= worst ? difference : Double.isNaN(difference) ? Double.POSITIVE_INFINITY : worst;
        }
        assertThat(worst).as(what).isLessThanOrEqualTo(ATOL + RTOL_OF_MAX * max);
    }
}
