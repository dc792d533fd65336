package io.github.tintype.schedulers;

import java.util.Arrays;
import java.util.OptionalDouble;

/** The timesteps and noise levels of {@link DPMSolverMultistepScheduler}: six ways, in double until the end. */
final class DPMSolverTables {
    private final DPMSolverMultistepScheduler scheduler;
    private final float[] alphasCumprod;
    private final float[] sigmas;
    private final float[] logSigmas;

    DPMSolverTables(DPMSolverMultistepScheduler scheduler) {
        this.scheduler = scheduler;
        this.alphasCumprod = scheduler.training().alphasCumprodNotZero();
        this.sigmas = TrainingNoise.sigmas(alphasCumprod);
        this.logSigmas = Float32.log(sigmas);
    }

    SigmaTable of(int n, double flowShift) {
        if (scheduler.useLuLambdas() && scheduler.sigmaCurve() != SigmaCurve.KARRAS) {
            return lu(n);
        }
        if (scheduler.sigmaCurve() != SigmaCurve.NONE) {
            return curve(scheduler.sigmaCurve(), n);
        }
        if (scheduler.useFlowSigmas()) {
            return flow(n, flowShift);
        }
        return through(Grid.truncated(spaced(n)));
    }

    /** At given training steps. */
    SigmaTable through(double[] timesteps) {
        return table(timesteps, Grid.interpolate(timesteps, sigmas));
    }

    /** One more than wanted where both ends count, and the lowest left out. */
    private double[] spaced(int n) {
        int last = scheduler.numTrainTimesteps() - clipped();
        double[] longer = switch (scheduler.timestepSpacing()) {
            case LINSPACE -> Grid.rounded(Grid.reversed(Grid.linspace(0, last - 1, n + 1)));
            case LEADING -> TimestepSpacing.leading(last / (n + 1), n + 1, scheduler.stepsOffset());
            case TRAILING -> TimestepSpacing.trailing(last, (double) scheduler.numTrainTimesteps() / n);
        };
        return scheduler.timestepSpacing() == TimestepSpacing.TRAILING ? longer : Arrays.copyOf(longer, n);
    }

    /** How many of the last training steps have too little signal. */
    private int clipped() {
        int clipped = 0;
        for (int i = alphasCumprod.length - 1; i >= 0; i--) {
            float signal = Float32.sqrt(alphasCumprod[i]);
            float noise = Float32.sqrt(1f - alphasCumprod[i]);
            if (TorchLog.log(signal) - TorchLog.log(noise) >= (float) scheduler.lambdaMinClipped()) {
                break;
            }
            clipped++;
        }
        return clipped;
    }

    private SigmaTable curve(SigmaCurve curve, int n) {
        double[] falling = Grid.reversed(Grid.widened(sigmas));
        double[] levels = curve.convert(falling, n, OptionalDouble.empty(), OptionalDouble.empty());
        double[] timesteps = SigmaCurve.toTimesteps(levels, logSigmas);
        return table(curve == SigmaCurve.KARRAS ? roundedUnlessCosine(timesteps) : timesteps, levels);
    }

    /** Evenly in the logarithm of the noise level, arXiv 2206.00927 section 3.4. */
    private SigmaTable lu(int n) {
        double highest = logSigmas[logSigmas.length - 1];
        double lowest = logSigmas[0];
        double[] levels = Grid.linspace(0, 1, n);
        for (int i = 0; i < n; i++) {
            levels[i] = Math.exp(highest + levels[i] * (lowest - highest));
        }
        return table(roundedUnlessCosine(SigmaCurve.toTimesteps(levels, logSigmas)), levels);
    }

    private SigmaTable flow(int n, double shift) {
        double[] alphas = Grid.linspace(1, 1.0 / scheduler.numTrainTimesteps(), n + 1);
        double[] levels = new double[n];
        double[] timesteps = new double[n];
        for (int i = 0; i < n; i++) {
            double level = 1 - alphas[n - i];
            levels[i] = shift * level / (1 + (shift - 1) * level);
            timesteps[i] = levels[i] * scheduler.numTrainTimesteps();
        }
        return table(timesteps, levels);
    }

    private double[] roundedUnlessCosine(double[] timesteps) {
        return scheduler.training().betaSchedule() == BetaSchedule.SQUAREDCOS_CAP_V2
                ? timesteps
                : Grid.rounded(timesteps);
    }

    private SigmaTable table(double[] timesteps, double[] levels) {
        double last = switch (scheduler.finalSigmasType()) {
            case ZERO -> 0;
            case SIGMA_MIN -> sigmas[0];
        };
        float[] all = Grid.narrowed(Grid.appended(levels, last));
        return new SigmaTable(scheduler.className(), Grid.truncated(timesteps), all);
    }
}
