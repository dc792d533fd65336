package io.github.tintype.golden;

import io.github.tintype.io.Json;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.schedulers.Schedule;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.schedulers.SchedulerException;
import io.github.tintype.schedulers.Schedulers;
import io.github.tintype.schedulers.StepOptions;
import io.github.tintype.schedulers.StepResult;
import io.github.tintype.schedulers.StepState;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Schedules, and trajectories with the model tanh(0.3 · input + 0.1 · sin t) that the fixtures' notes define. */
final class SchedulerCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        JsonNode json = folder.json(golden.file(".json"));
        long seed = json.get("generator_seed").asLong();
        String className = golden.id().substring("scheduler/".length());
        for (JsonNode item : json.get("cases")) {
            Run run = new Run(golden, className, item, tensors, seed, soft);
            CaseChecker.part(soft, run.id(), run::check);
        }
    }

    /** One configuration. */
    private record Run(
            GoldenCase golden,
            String className,
            JsonNode item,
            Map<String, HostTensor> tensors,
            long seed,
            SoftAssertions soft) {
        String id() {
            return item.get("id").asString();
        }

        void check() {
            if (!item.has("error")) {
                checkRun();
                return;
            }
            soft.assertThatThrownBy(this::checkRun)
                    .as(id())
                    .isInstanceOfAny(SchedulerException.class, ModelFormatException.class);
        }

        private void checkRun() {
            Scheduler scheduler = Schedulers.fromConfig(
                    className, Json.parse(item.get("config").toString(), id()));
            JsonNode run = item.get("run");
            Schedule schedule = schedule(scheduler, run);
            checkTables(schedule);
            if (!run.path("schedule_only").asBoolean(false)) {
                checkTrajectory(schedule, run);
            }
        }

        private static Schedule schedule(Scheduler scheduler, JsonNode run) {
            if (run.has("timesteps")) {
                return scheduler.setTimesteps(doubles(run.get("timesteps")));
            }
            if (run.has("sigmas")) {
                return scheduler.setSigmas(doubles(run.get("sigmas")));
            }
            return scheduler.setTimesteps(run.get("n").asInt());
        }

        private void checkTables(Schedule schedule) {
            soft.assertThat("torch." + (schedule.timestepsDtype() == DType.I64 ? "int64" : "float32"))
                    .as("%s timesteps", id())
                    .isEqualTo(item.get("timesteps_dtype").asString());
            soft.assertThat(schedule.order())
                    .as("%s order", id())
                    .isEqualTo(item.get("order").asInt());
            want("timesteps")
                    .ifPresent(want -> soft.assertThat(schedule.timesteps())
                            .as("%s timesteps", id())
                            .isEqualTo(doubles(want)));
            double rtol =
                    golden.json().get("tolerance").get("f32").get("sigmas_rtol").asDouble();
            want("sigmas").ifPresent(want -> checkRelative("sigmas", schedule.sigmas(), doubles(want), rtol));
            want("init_noise_sigma")
                    .ifPresent(want -> checkRelative(
                            "init_noise_sigma", new double[] {schedule.initNoiseSigma()}, doubles(want), rtol));
        }

        private void checkRelative(String what, double[] got, double[] want, double rtol) {
            soft.assertThat(got).as("%s %s", id(), what).hasSameSizeAs(want);
            for (int i = 0; i < Math.min(got.length, want.length); i++) {
                soft.assertThat(got[i] == want[i] || Math.abs(got[i] - want[i]) <= rtol * Math.abs(want[i]))
                        .as("%s %s[%d]: got %s, wanted %s", id(), what, i, got[i], want[i])
                        .isTrue();
            }
        }

        private void checkTrajectory(Schedule schedule, JsonNode run) {
            DType dtype = dtype(run);
            int begin = run.path("begin").asInt(0);
            Tensor noise0 = tensor("noise0");
            want("add_noise").ifPresent(want -> checkAddNoise(schedule, noise0, want));
            Tensor sample = begin == 0
                    ? noise0.to(dtype).mul(schedule.initNoiseSigma())
                    : schedule.addNoise(tensor("x0").to(dtype), noise0.to(dtype), begin);
            TorchGenerator generator = new TorchGenerator(seed);
            AtomicInteger draws = new AtomicInteger();
            StepOptions options = options(run).withNoise(type -> {
                draws.incrementAndGet();
                return TestEngine.ENGINE.tensor(
                        generator.randn(type.dtype(), type.shape().sizes()));
            });
            StepState state = schedule.start();
            checkAt("sample", 0, sample, dtype);
            for (int i = begin; i < schedule.size(); i++) {
                Tensor input = schedule.scaleModelInput(sample, i);
                checkAt("model_in", i - begin, input, dtype);
                Tensor output = TestEngine.ENGINE.tensor(model(input.toHost(), schedule.timesteps()[i]));
                StepResult result = schedule.step(state, i, output, sample, options);
                state = result.state();
                sample = TestEngine.ENGINE.tensor(result.prevSample().toHost());
                checkAt("sample", i - begin + 1, sample, dtype);
                int step = i - begin;
                result.predOriginalSample().ifPresent(value -> checkAt("pred_original", step, value, dtype));
            }
            soft.assertThat(draws)
                    .as("%s draws of noise", id())
                    .hasValue(item.get("noise_draws_per_step")
                            .valueStream()
                            .mapToInt(JsonNode::asInt)
                            .sum());
        }

        /** tanh(0.3 · input + 0.1 · sin t), every operation rounded to f32 and the last one to the input's type. */
        private static HostTensor model(HostTensor input, double timestep) {
            float shift = (float) (0.1 * Math.sin(timestep));
            HostTensor output = HostTensor.allocate(input.type());
            for (long i = 0; i < input.elements(); i++) {
                float sum = 0.3f * (float) input.getDouble(i) + shift;
                output.setDouble(i, (float) Math.tanh(sum));
            }
            return output;
        }

        private void checkAddNoise(Schedule schedule, Tensor noise0, HostTensor want) {
            Tensor x0 = tensor("x0");
            int half = schedule.size() / 2;
            Tensor first = schedule.addNoise(x0.slice(0, 0, 1), noise0.slice(0, 0, 1), 0);
            Tensor second = schedule.addNoise(x0.slice(0, 1, 2), noise0.slice(0, 1, 2), half);
            tolerance(DType.F32)
                    .check(
                            soft,
                            id() + " add_noise",
                            Tensor.cat(0, List.of(first, second)).toHost(),
                            want);
        }

        private void checkAt(String what, int index, Tensor got, DType dtype) {
            Optional<HostTensor> stack = want(what);
            if (stack.isEmpty() || stack.get().shape().size(0) <= index) {
                return;
            }
            HostTensor all = stack.get();
            TensorType type = new TensorType(all.dtype(), got.shape());
            HostTensor want = new HostTensor(type, all.data().asSlice(index * type.bytes(), type.bytes()));
            tolerance(dtype).check(soft, "%s %s[%d]".formatted(id(), what, index), got.toHost(), want);
        }

        private Tolerance tolerance(DType dtype) {
            JsonNode json = golden.json().get("tolerance");
            return switch (dtype) {
                case F16 -> Tolerance.of(json.get("f16"));
                case BF16 -> Tolerance.of(json.get("bf16"));
                default ->
                    new Tolerance(
                            json.get("f32").get("trajectory_rtol_of_max").asDouble(),
                            json.get("f32").get("atol").asDouble());
            };
        }

        private static StepOptions options(JsonNode run) {
            JsonNode step = run.path("step");
            return StepOptions.NONE
                    .withEta(step.path("eta").asDouble(0))
                    .withUseClippedModelOutput(
                            step.path("use_clipped_model_output").asBoolean(false))
                    .withChurn(new StepOptions.Churn(
                            step.path("s_churn").asDouble(0),
                            step.path("s_tmin").asDouble(0),
                            step.path("s_tmax").asDouble(Double.POSITIVE_INFINITY),
                            step.path("s_noise").asDouble(1)));
        }

        private static DType dtype(JsonNode run) {
            return switch (run.path("dtype").asString("f32")) {
                case "f32" -> DType.F32;
                case "f16" -> DType.F16;
                case "bf16" -> DType.BF16;
                default -> throw new AssertionError("unknown dtype in " + run);
            };
        }

        private Optional<HostTensor> want(String name) {
            return Optional.ofNullable(tensors.get(id() + "/" + name));
        }

        private Tensor tensor(String name) {
            return TestEngine.ENGINE.tensor(Models.want(tensors, name));
        }

        private static double[] doubles(JsonNode list) {
            return list.valueStream().mapToDouble(JsonNode::asDouble).toArray();
        }

        private static double[] doubles(HostTensor tensor) {
            double[] values = new double[Math.toIntExact(tensor.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.getDouble(i);
            }
            return values;
        }
    }
}
