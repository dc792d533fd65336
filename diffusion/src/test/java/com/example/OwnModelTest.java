package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's model with blocks of its own, from outside our packages: what docs/adding-a-model.md promises works with public types alone. */
class OwnModelTest {
    /** x + silu(linear(x)) · gain. [b,2] → [b,2]. */
    record Gated(String path, Linear linear, Weight gain) implements Module.Of1<Tensor, Tensor> {
        static Gated load(Weights w) {
            return new Gated(w.path(), Linear.load(w.at("linear"), 2, 2, true), w.get("gain", 2));
        }

        @Override
        public Tensor forward(Tensor x) {
            return x.add(linear.call(x).silu().mul(Tensor.parameter(gain)));
        }
    }

    /** Two of them. */
    record Own(String path, List<Gated> blocks) implements Module.Of1<Tensor, Tensor> {
        static Own load(Weights w) {
            return new Own(w.path(), List.of(Gated.load(w.at("blocks.0")), Gated.load(w.at("blocks.1"))));
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = x;
            for (Gated block : blocks) {
                hidden = block.call(hidden);
            }
            return hidden;
        }
    }

    @Test
    void loadsTracesAndRuns(@TempDir Path folder) {
        Path file = folder.resolve("own.safetensors");
        HostTensor swap = HostTensor.ofFloats(new float[] {0, 1, 1, 0}, 2, 2);
        HostTensor zero = HostTensor.ofFloats(new float[] {0, 0}, 2);
        HostTensor gain = HostTensor.ofFloats(new float[] {1, 10}, 2);
        SafetensorsWriter.write(
                file,
                Map.of(
                        "blocks.0.linear.weight", swap,
                        "blocks.0.linear.bias", zero,
                        "blocks.0.gain", gain,
                        "blocks.1.linear.weight", swap,
                        "blocks.1.linear.bias", zero,
                        "blocks.1.gain", zero),
                Map.of());
        try (Checkpoint checkpoint = Checkpoint.ofFile(file);
                Engine engine = Engine.on(new ReferenceDevice())) {
            Own own = Weights.load(checkpoint, DType.F32, Own::load);
            List<String> seen = new ArrayList<>();
            try (Program program = engine.program(
                    "own",
                    in -> Region.observe((path, value) -> seen.add(path), () -> List.of(own.call(in.getFirst()))))) {
                Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -2}, 1, 2));
                float[] got = program.run(List.of(x), RunContext.none())
                        .getFirst()
                        .toHost()
                        .toFloats();
                assertThat(got[0]).isCloseTo((float) (1 - 2 / (1 + Math.exp(2))), offset(1e-6f));
                assertThat(got[1]).isCloseTo((float) (-2 + 10 / (1 + Math.exp(-1))), offset(1e-5f));
            }
            assertThat(seen).contains("blocks.0.linear", "blocks.0", "blocks.1");
        }
    }
}
