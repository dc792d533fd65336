package io.github.tintype.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timesteps bit for bit, and noise levels to 1e-6. What diffusers can't run is {@link TrajectoryTest}'s. */
class ScheduleTableTest {
    private static final double RELATIVE = 1e-6;

    static Stream<GoldenCase> cases() {
        return Schedulers.classNames().stream().flatMap(name -> GoldenCase.all(name).stream());
    }

    @Test
    void everyCaseOfTheFiveClassesIsHere() {
        assertThat(cases()).hasSize(48 + 31 + 42 + 36 + 78);
        assertThat(cases().filter(GoldenCase::isError)).hasSize(10);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tablesAreDiffusers(GoldenCase golden) {
        if (golden.isError()) {
            assertThat(golden.find("timesteps")).isEmpty();
            return;
        }
        Schedule schedule = golden.schedule();
        sameTimesteps(schedule.timesteps(), golden);
        assertThat("torch." + (schedule.timestepsDtype().isInteger() ? "int64" : "float32"))
                .isEqualTo(golden.entry().getString("timesteps_dtype"));
        assertThat(schedule.order()).isEqualTo(golden.entry().getInt("order"));
        close(new double[] {schedule.initNoiseSigma()}, golden.values("init_noise_sigma"));
        if (golden.find("sigmas").isPresent()) {
            close(schedule.sigmas(), golden.values("sigmas"));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 0.01, 0.3, 0.5, 0.77, 0.99})
    void betaQuantilesHaveTheirClosedForms(double p) {
        double sine = Math.sin(Math.PI * p / 2);
        close(new BetaDistribution(0.5, 0.5).quantile(p), sine * sine);
        close(new BetaDistribution(2, 1).quantile(p), Math.sqrt(p));
        close(new BetaDistribution(1, 5).quantile(p), -Math.expm1(Math.log1p(-p) / 5));
        close(new BetaDistribution(0.6, 0.6).quantile(1 - p), 1 - new BetaDistribution(0.6, 0.6).quantile(p));
    }

    private static void close(double value, double expected) {
        assertThat(value).isCloseTo(expected, Offset.offset(1e-13));
    }

    @Test
    void unknownValuesAreRefusedWithTheirPlace() {
        refuses(
                "EulerDiscreteScheduler",
                Map.of("prediction_type", "flow"),
                "scheduler: prediction_type: expected one of");
        refuses("DDIMScheduler", Map.of("timestep_spacing", "cubic"), "scheduler: timestep_spacing: expected one of");
        refuses("PNDMScheduler", Map.of("beta_schedule", 3), "scheduler: beta_schedule: expected a string");
        refuses("DPMSolverMultistepScheduler", Map.of("solver_order", 4), "scheduler: solver_order: expected");
        refuses("DPMSolverMultistepScheduler", Map.of("algorithm_type", "dpmsolver"), "expected sigma_min");
        refuses(
                "EulerDiscreteScheduler",
                Map.of("use_karras_sigmas", true, "use_beta_sigmas", true),
                "scheduler: use_karras_sigmas");
        refuses("EulerScheduler", Map.of(), "scheduler class: expected one of");
    }

    private static void refuses(String className, Map<String, ?> values, String message) {
        assertThatThrownBy(() -> Schedulers.fromConfig(className, ConfigNode.of("scheduler", values)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void otherClassesKeysAreDroppedAndUnknownOnesNamed() {
        ConfigNode config = ConfigNode.of(
                "scheduler", Map.of("_class_name", "PNDMScheduler", "skip_prk_steps", true, "beta_strat", 0.1));
        assertThat(Schedulers.fromConfig("DDIMScheduler", config))
                .isEqualTo(Schedulers.fromConfig("DDIMScheduler", ConfigNode.of("scheduler", Map.of())));
        assertThat(Schedulers.unknownKeys("DDIMScheduler", config)).containsExactly("beta_strat");
    }

    @Test
    void requestsThatCannotBeServedAreRefused() {
        Scheduler ddim = Schedulers.fromConfig("DDIMScheduler", ConfigNode.of("scheduler", Map.of()));
        assertThatThrownBy(() -> ddim.setTimesteps(0))
                .isInstanceOf(SchedulerException.class)
                .hasMessage("DDIMScheduler: got 0 inference steps, wanted 1 or more");
        assertThatThrownBy(() -> ddim.setTimesteps(1001)).isInstanceOf(SchedulerException.class);
        assertThatThrownBy(() -> ddim.setSigmas(new double[] {1, 0})).isInstanceOf(SchedulerException.class);
        Scheduler karras = Schedulers.fromConfig(
                "EulerDiscreteScheduler", ConfigNode.of("scheduler", Map.of("use_karras_sigmas", true)));
        assertThatThrownBy(() -> karras.setTimesteps(new double[] {999, 1})).isInstanceOf(SchedulerException.class);
    }

    /**
     * Bit for bit, except where timesteps are logarithms of noise levels: torch's float32 square root (MKL's) is not the correctly rounded
     * one that Java has, the noise levels differ in their last place, and such a timestep is held to their relative 1e-6. The golden suite
     * lists EulerDiscreteScheduler as not supported for that reason: the fixtures want these bit for bit too.
     */
    private static void sameTimesteps(double[] timesteps, GoldenCase golden) {
        double[] expected = golden.values("timesteps");
        ConfigNode config = golden.entry().child("config");
        boolean fromSigmas = config.getBoolean("use_karras_sigmas", false)
                || config.getBoolean("use_exponential_sigmas", false)
                || config.getBoolean("use_beta_sigmas", false);
        if (!fromSigmas || golden.entry().getString("timesteps_dtype").equals("torch.int64")) {
            assertThat(timesteps).containsExactly(expected);
            return;
        }
        assertThat(timesteps).hasSameSizeAs(expected);
        for (int i = 0; i < timesteps.length; i++) {
            assertThat(Math.abs(timesteps[i] - expected[i]))
                    .as("%s: timestep %d: got %s, wanted %s", golden, i, timesteps[i], expected[i])
                    .isLessThanOrEqualTo(1e-6 * Math.abs(expected[i]));
        }
    }

    private static void close(double[] values, double[] expected) {
        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs(values[i] - expected[i]))
                    .as(String.format(Locale.ROOT, "%d: got %s, wanted %s", i, values[i], expected[i]))
                    .isLessThanOrEqualTo(RELATIVE * Math.abs(expected[i]));
        }
    }
}
