package io.github.tintype.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.graph.Graph;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
    private static final RunContext NONE = RunContext.none();

    /** A module of a user, from outside of our packages' nn room. */
    private record Scale(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return x.linear(weight, Optional.empty()).silu();
        }
    }

    private record Twice(String path, Scale first, Scale second) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return second.call(first.call(x)).add(x);
        }
    }

    private static Weight weight(String name, float... values) {
        return new DenseWeight(name, DType.F32, HostTensor.ofFloats(values, 2, values.length / 2));
    }

    private static Twice twice() {
        return new Twice(
                "m",
                new Scale("m.first", weight("m.first.w", 1, 2, 3, 4)),
                new Scale("m.second", weight("m.second.w", 1, 0, 0, 1)));
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    @Test
    void programComputesWhatForwardSays() {
        Twice module = twice();
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program("twice", in -> List.of(module.call(in.getFirst())))) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            HostTensor y = program.run(List.of(x), NONE).getFirst().toHost();
            assertThat(y.getDouble(0)).isCloseTo(silu(silu(-1)) + 1, org.assertj.core.data.Offset.offset(1e-6));
            assertThat(y.getDouble(1)).isCloseTo(silu(silu(-1)) - 1, org.assertj.core.data.Offset.offset(1e-6));
            assertThat(engine.reads()).isEqualTo(1);
        }
    }

    @Test
    void closingFreesTheWeights() {
        Twice module = twice();
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            long before = engine.memory().blocks();
            try (Program program = engine.program("twice", in -> List.of(module.call(in.getFirst())))) {
                program.prepare(List.of(x.type()), NONE);
                assertThat(engine.memory().blocks()).isEqualTo(before + 2);
            }
            assertThat(engine.memory().blocks()).isEqualTo(before);
        }
    }

    @Test
    void aFileThatWasCutShortLeavesNoWeights(@TempDir Path folder) throws IOException {
        int width = 512;
        long bytes = (long) width * width * Float.BYTES;
        try (RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("weights").toFile(), "rw");
                Arena arena = Arena.ofShared();
                Engine engine = Engine.on(new ReferenceDevice())) {
            file.setLength(bytes);
            HostTensor mapped = new HostTensor(
                    TensorType.of(DType.F32, width, width), file.getChannel().map(MapMode.READ_ONLY, 0, bytes, arena));
            file.setLength(0);
            HostTensor whole = HostTensor.allocate(mapped.type());
            Twice module = new Twice(
                    "m",
                    new Scale("m.first", new DenseWeight("m.first.w", DType.F32, whole)),
                    new Scale("m.second", new DenseWeight("m.second.w", DType.F32, mapped)));
            try (Program program = engine.program("cut", in -> List.of(module.call(in.getFirst())))) {
                List<TensorType> types = List.of(TensorType.of(DType.F32, 1, width));
                assertThatThrownBy(() -> program.prepare(types, NONE)).isInstanceOf(InternalError.class);
                assertThat(engine.weights().held()).isZero();
                assertThat(engine.memory().blocks()).isZero();
            }
        }
    }

    @Test
    void tensorCodeIsLazyAndSharesPlansWhateverItsNumbers() {
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2));
            assertThat(x.mul(2).add(1).toHost().toFloats()).containsExactly(3, 5, 7, 9);
            assertThat(x.mul(3).add(-1).toHost().toFloats()).containsExactly(2, 5, 8, 11);
            assertThat(x.transpose(0, 1).add(x).toHost().toFloats()).containsExactly(2, 5, 5, 8);
            assertThat(x.permute(1, 0).reshape(4).toHost().toFloats()).containsExactly(1, 3, 2, 4);
            assertThat(x.slice(1, 1, 2).toHost().toFloats()).containsExactly(2, 4);
            assertThat(x.repeatInterleave(0, 2).toHost().toFloats()).containsExactly(1, 2, 1, 2, 3, 4, 3, 4);
            assertThat(x.std(true, false, 0, 1).item()).isCloseTo(1.2909944, org.assertj.core.data.Offset.offset(1e-6));
        }
    }

    @Test
    void numbersOfDecompositionsStayApartFromThoseOfTensorCode() {
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 2));
            float[] y = x.mul(2).silu().add(3).toHost().toFloats();
            assertThat(y[0]).isCloseTo((float) silu(2) + 3, org.assertj.core.data.Offset.offset(1e-6f));
            assertThat(y[1]).isCloseTo((float) silu(-2) + 3, org.assertj.core.data.Offset.offset(1e-6f));
        }
    }

    @Test
    void tensorCodeKeepsNoWeights() {
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            float[] y =
                    x.linear(weight("w", 1, 2, 3, 4), Optional.empty()).toHost().toFloats();
            assertThat(y).containsExactly(-1, -1);
            assertThat(engine.weights().held()).isZero();
        }
    }

    @Test
    void derivedWeightsAreBoundOnceAndTheirScratchIsFreed() {
        Weight first = weight("a", 1, 2, 3, 4);
        Weight second = weight("b", 5, 6, 7, 8);
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            long before = engine.memory().blocks();
            try (Program program = engine.program(
                    "derived",
                    in -> List.of(
                            in.getFirst().linear(new CatWeight(List.of(first, second), 0), Optional.empty()),
                            in.getFirst()
                                    .linear(
                                            new SliceWeight(new CatWeight(List.of(first, second), 0), 0, 1, 3),
                                            Optional.empty()),
                            in.getFirst()
                                    .mul(-1)
                                    .linear(new CatWeight(List.of(first, second), 0), Optional.empty())))) {
                List<Tensor> y = program.run(List.of(x), NONE);
                assertThat(y.get(0).toHost().toFloats()).containsExactly(-1, -1, -1, -1);
                assertThat(y.get(1).toHost().toFloats()).containsExactly(-1, -1);
                assertThat(y.get(2).toHost().toFloats()).containsExactly(1, 1, 1, 1);
                assertThat(engine.weights().held()).isEqualTo(2);
                assertThat(engine.memory().blocks() - before)
                        .as("two weights, three results, a slab; scratch is gone")
                        .isEqualTo(6);
            }
        }
    }

    @Test
    void resultsMayBeViewsOfOneAnother() {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program("views", in -> {
                    Tensor y = in.getFirst().add(1);
                    return List.of(y, y.transpose(0, 1), y, in.getFirst());
                })) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2));
            List<Tensor> out = program.run(List.of(x), NONE);
            assertThat(out.get(0).toHost().toFloats()).containsExactly(2, 3, 4, 5);
            assertThat(out.get(1).toHost().toFloats()).containsExactly(2, 4, 3, 5);
            assertThat(out.get(2).toHost().toFloats()).containsExactly(2, 3, 4, 5);
            assertThat(out.get(3).toHost().toFloats()).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void symbolicSizesGiveOneGraph() {
        Twice module = twice();
        Graph graph = Program.trace(
                List.of(new TensorType(DType.F32, Shape.of(Dim.symbol("b"), Dim.of(2)))),
                in -> List.of(module.call(in.getFirst())));
        assertThat(graph.symbols()).containsExactly("b");
        assertThat(graph.outputs().getFirst().type()).hasToString("f32[b,2]");
    }

    @Test
    void observersSeeNamedIntermediates() {
        Twice module = twice();
        List<String> paths = new ArrayList<>();
        Region.observe(
                (path, _) -> paths.add(path),
                () -> Program.trace(
                        List.of(TensorType.of(DType.F32, 1, 2)), in -> List.of(module.call(in.getFirst()))));
        assertThat(paths).containsExactly("m.first", "m.second", "m");
    }

    @Test
    void readingWhileTracingIsAnErrorThatNamesTheModule() {
        Module.Of1<Tensor, Tensor> branching = new Module.Of1<>() {
            @Override
            public String path() {
                return "user.block";
            }

            @Override
            public Tensor forward(Tensor x) {
                return x.sum(false, 0, 1).item() > 0 ? x : x.neg();
            }
        };
        assertThatThrownBy(() -> Program.trace(
                        List.of(TensorType.of(DType.F32, 1, 2)), in -> List.of(branching.call(in.getFirst()))))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("no value while tracing (at user.block)");
    }

    @Test
    void tooMuchMemoryIsAnErrorThatNamesTheSizes() {
        try (Engine engine = Engine.on(new ReferenceDevice(), 1 << 20)) {
            assertThatThrownBy(() -> engine.tensor(HostTensor.allocate(TensorType.of(DType.F32, 1 << 19))))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("needs 2.0 MiB")
                    .hasMessageContaining("budget of 1.0 MiB");
            assertThat(engine.memory().used()).isZero();
        }
    }

    @Test
    void aModelThatDoesNotFitIsAnErrorBeforeAnyWeightIsPacked() {
        Twice module = twice();
        try (Engine engine = Engine.on(new ReferenceDevice(), 250);
                Program program = engine.program("twice", in -> List.of(module.call(in.getFirst())))) {
            TensorType type = TensorType.of(DType.F32, 1, 2);
            assertThatThrownBy(() -> program.prepare(List.of(type), NONE))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("memory: a model with 32 bytes of weights and")
                    .hasMessageContaining("0 bytes of the budget of 250 bytes are in use");
            assertThat(engine.memory().peak()).isZero();
        }
    }

    @Test
    void cancelledRunStops() {
        Twice module = twice();
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program("twice", in -> List.of(module.call(in.getFirst())))) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            Cancellation cancellation = new Cancellation();
            cancellation.cancel();
            assertThatThrownBy(() -> program.run(List.of(x), new RunContext(cancellation, Optional.empty())))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void profileNamesEachKernel() {
        Twice module = twice();
        Profile profile = new Profile();
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program("twice", in -> List.of(module.call(in.getFirst())))) {
            Tensor x = engine.tensor(HostTensor.ofFloats(new float[] {1, -1}, 1, 2));
            program.run(List.of(x), new RunContext(new Cancellation(), Optional.of(profile)));
        }
        assertThat(profile.entries()).extracting(Profile.Entry::scope).contains("m.first", "m.second", "m");
        assertThat(profile.entries())
                .filteredOn(entry -> entry.name().equals("matmul"))
                .hasSize(2);
    }
}
