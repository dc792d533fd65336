package io.github.tintype.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole runs with the golden files' stand-in for a model, on the reference device. */
class TrajectoryTest {
    private static final long GENERATOR_SEED = 99;
    private static final TensorType TYPE = TensorType.of(DType.F32, 2, 3, 4, 2);

    static Stream<GoldenCase> cases() {
        return ScheduleTableTest.cases()
                .filter(Predicate.not(GoldenCase::isError))
                .filter(golden -> golden.find("sample").isPresent());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stepsAreDiffusers(GoldenCase golden) {
        DType dtype = golden.find("sample").orElseThrow().dtype();
        Schedule schedule = golden.schedule();
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Noise noise = new Noise(engine, new TorchGenerator(GENERATOR_SEED), golden, new ArrayList<>());
            StepOptions options = options(golden.run()).withNoise(noise);
            int begin = golden.run().getInt("begin", 0);
            Tensor sample = start(golden, engine, schedule, begin, dtype);
            close(golden, "sample", 0, sample);
            StepState state = schedule.start();
            for (int i = begin; i < schedule.size(); i++) {
                HostTensor modelInput = schedule.scaleModelInput(sample, i).toHost();
                if (golden.find("model_in").isPresent()) {
                    close(golden, "model_in", i - begin, engine.tensor(modelInput));
                }
                Tensor output = engine.tensor(model(modelInput, schedule.timesteps()[i]));
                StepResult result = schedule.step(state, i, output, sample, options);
                int step = i - begin;
                result.predOriginalSample().ifPresent(original -> close(golden, "pred_original", step, original));
                sample = engine.tensor(result.prevSample().toHost());
                assertThat(sample.dtype()).isEqualTo(dtype);
                close(golden, "sample", step + 1, sample);
                state = result.state();
            }
            int draws = golden.entry().getInts("noise_draws_per_step").stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            assertThat(noise.drawn()).hasSize(draws);
        }
    }

    static Stream<GoldenCase> errors() {
        return ScheduleTableTest.cases().filter(GoldenCase::isError);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void whatDiffusersCannotRunIsRefused(GoldenCase golden) {
        assertThatThrownBy(() -> run(golden))
                .isInstanceOfAny(ModelFormatException.class, SchedulerException.class)
                .hasMessageNotContaining("\n");
    }

    private static void run(GoldenCase golden) {
        Schedule schedule = golden.schedule();
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor sample = start(golden, engine, schedule, 0, DType.F32);
            StepState state = schedule.start();
            for (int i = 0; i < schedule.size(); i++) {
                state = schedule.step(state, i, sample, sample, options(golden.run()))
                        .state();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void noiseIsAddedAsDiffusersDoes(GoldenCase golden) {
        if (golden.find("add_noise").isEmpty()) {
            assertThat(golden.run().has("dtype")).isTrue();
            return;
        }
        Schedule schedule = golden.schedule();
        double[] at = golden.values("add_noise_timesteps");
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            Tensor x0 = engine.tensor(golden.shared("x0"));
            Tensor noise0 = engine.tensor(golden.shared("noise0"));
            for (int image = 0; image < at.length; image++) {
                Tensor noisy = schedule.addNoise(
                        x0.slice(0, image, image + 1),
                        noise0.slice(0, image, image + 1),
                        index(schedule.timesteps(), at[image]));
                float[] values = noisy.toHost().toFloats();
                double[] all = golden.values("add_noise");
                close(golden, values, Arrays.copyOfRange(all, image * values.length, (image + 1) * values.length));
            }
        }
    }

    /** Diffusers takes the second of equal timesteps; "equal" as in {@link ScheduleTableTest}. */
    private static int index(double[] timesteps, double timestep) {
        int first = -1;
        for (int i = 0; i < timesteps.length; i++) {
            if (Math.abs(timesteps[i] - timestep) <= Math.ulp((float) timestep)) {
                if (first >= 0) {
                    return i;
                }
                first = i;
            }
        }
        return first;
    }

    private static Tensor start(GoldenCase golden, Engine engine, Schedule schedule, int begin, DType dtype) {
        Tensor noise = engine.tensor(golden.shared("noise0").to(dtype));
        return begin == 0
                ? noise.mul(schedule.initNoiseSigma())
                : schedule.addNoise(engine.tensor(golden.shared("x0").to(dtype)), noise, begin);
    }

    /** tanh(0.3 x + 0.1 sin t). */
    private static HostTensor model(HostTensor input, double t) {
        HostTensor output = HostTensor.allocate(input.type());
        float shift = (float) (0.1 * Math.sin(t));
        for (int i = 0; i < input.elements(); i++) {
            output.setDouble(i, (float) Math.tanh(0.3f * (float) input.getDouble(i) + shift));
        }
        return output;
    }

    private static StepOptions options(ConfigNode run) {
        if (!run.has("step")) {
            return StepOptions.NONE;
        }
        ConfigNode step = run.child("step");
        return StepOptions.NONE
                .withEta(step.getDouble("eta", 0))
                .withUseClippedModelOutput(step.getBoolean("use_clipped_model_output", false))
                .withChurn(new StepOptions.Churn(
                        step.getDouble("s_churn", 0),
                        step.getDouble("s_tmin", 0),
                        step.getDouble("s_tmax", Double.POSITIVE_INFINITY),
                        step.getDouble("s_noise", 1)));
    }

    /** Draws of torch's generator; in half precision those of the file, whose own test is the generator's. */
    private record Noise(Engine engine, TorchGenerator generator, GoldenCase golden, List<float[]> drawn)
            implements NoiseSource {
        @Override
        public Tensor next(TensorType type) {
            assertThat(type.shape()).isEqualTo(TYPE.shape());
            double[] stored = golden.member("noise", drawn.size());
            HostTensor draw = generator.randn(2, 3, 4, 2);
            if (type.dtype() == DType.F32) {
                for (int i = 0; i < stored.length; i++) {
                    assertThat(draw.getDouble(i)).isEqualTo(stored[i]);
                }
            } else {
                for (int i = 0; i < stored.length; i++) {
                    draw.setDouble(i, stored[i]);
                }
            }
            drawn.add(draw.toFloats());
            return engine.tensor(draw.to(type.dtype()));
        }
    }

    private static void close(GoldenCase golden, String name, int member, Tensor actual) {
        close(golden, actual.toHost().toFloats(), golden.member(name, member));
    }

    private static void close(GoldenCase golden, float[] values, double[] expected) {
        double relative = switch (golden.run().getString("dtype", "f32")) {
            case "f16" -> 0.004;
            case "bf16" -> 0.03;
            default -> 5e-5;
        };
        double limit =
                1e-6 + relative * Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs(values[i] - expected[i]))
                    .as("%s: element %d: got %s, wanted %s", golden, i, values[i], expected[i])
                    .isLessThanOrEqualTo(limit);
        }
    }
}
