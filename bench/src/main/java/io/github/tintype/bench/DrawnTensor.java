package io.github.tintype.bench;

import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tools.jackson.databind.JsonNode;

/**
 * A tensor that a golden file names by its seed: {@code torch.randn} of a CPU generator, times {@code scale} plus {@code offset}, each
 * rounded to f32.
 */
record DrawnTensor(String name, TensorType type, long seed, float scale, float offset) {
    static DrawnTensor parse(JsonNode node) {
        long[] shape =
                node.get("shape").valueStream().mapToLong(JsonNode::asLong).toArray();
        return new DrawnTensor(
                node.get("name").asString(),
                TensorType.of(DType.F32, shape),
                node.get("seed").asLong(),
                (float) node.get("scale").asDouble(),
                (float) node.get("offset").asDouble());
    }

    HostTensor draw() {
        HostTensor drawn = HostTensor.allocate(type);
        drawInto(drawn);
        return drawn;
    }

    void drawInto(HostTensor drawn) {
        new TorchGenerator(seed).randn(drawn);
        MemorySegment data = drawn.data();
        for (long i = 0; i < drawn.elements(); i++) {
            float value = data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, value * scale + offset);
        }
    }
}
