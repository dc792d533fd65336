package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * The formulas of DPM-Solver: Taylor expansions in the logarithm of signal to noise, whose step is h. Letters as in the papers:
 * t is the level to reach, s0 the present one, s1 and s2 the ones before; d0, d1, d2 are the output and its divided differences.
 *
 * @param sample the present sample, float32
 * @param noise float32, for the stochastic algorithms
 */
record DPMSolverUpdate(AlgorithmType algorithm, boolean heun, Tensor sample, Optional<Tensor> noise) {
    Tensor first(NoiseLevel t, NoiseLevel s0, Tensor d0) {
        return base(t, s0, d0);
    }

    Tensor second(NoiseLevel t, NoiseLevel s0, NoiseLevel s1, StepState outputs) {
        float h = t.lambda() - s0.lambda();
        float r0 = (s0.lambda() - s1.lambda()) / h;
        Tensor d0 = outputs.output(1);
        Tensor d1 = Float32.times(1f / r0, d0.sub(outputs.output(2)));
        return plus(base(t, s0, d0), d1, heun ? slope(t, h) : half(t, h));
    }

    Tensor third(NoiseLevel t, NoiseLevel s0, NoiseLevel s1, NoiseLevel s2, StepState outputs) {
        float h = t.lambda() - s0.lambda();
        float r0 = (s0.lambda() - s1.lambda()) / h;
        float r1 = (s1.lambda() - s2.lambda()) / h;
        Tensor d0 = outputs.output(1);
        Tensor newer = Float32.times(1f / r0, d0.sub(outputs.output(2)));
        Tensor older = Float32.times(1f / r1, outputs.output(2).sub(outputs.output(3)));
        Tensor d1 = newer.add(Float32.times(r0 / (r0 + r1), newer.sub(older)));
        Tensor d2 = Float32.times(1f / (r0 + r1), newer.sub(older));
        return plus(plus(base(t, s0, d0), d1, slope(t, h)), d2, curvature(t, h));
    }

    /** The first-order formula, noise included. */
    private Tensor base(NoiseLevel t, NoiseLevel s, Tensor d0) {
        float h = t.lambda() - s.lambda();
        float decay = Float32.exp(-h);
        float growth = Float32.exp(h);
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS, DEIS -> plus(sample.mul(t.sigma() / s.sigma()), d0, -(t.alpha() * (decay - 1f)));
            case DPMSOLVER -> plus(sample.mul(t.alpha() / s.alpha()), d0, -(t.sigma() * (growth - 1f)));
            case SDE_DPMSOLVER_PLUS_PLUS ->
                withNoise(
                        plus(sample.mul(t.sigma() / s.sigma() * decay), d0, t.alpha() * (1f - Float32.exp(-2f * h))),
                        t.sigma() * Float32.sqrt(1f - Float32.exp(-2f * h)));
            case SDE_DPMSOLVER ->
                withNoise(
                        plus(sample.mul(t.alpha() / s.alpha()), d0, -2f * (t.sigma() * (growth - 1f))),
                        t.sigma() * Float32.sqrt(Float32.exp(2f * h) - 1f));
        };
    }

    /** Factor of d1 in the midpoint formula. */
    private float half(NoiseLevel t, float h) {
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS, DEIS -> -0.5f * (t.alpha() * (Float32.exp(-h) - 1f));
            case DPMSOLVER -> -0.5f * (t.sigma() * (Float32.exp(h) - 1f));
            case SDE_DPMSOLVER_PLUS_PLUS -> 0.5f * (t.alpha() * (1f - Float32.exp(-2f * h)));
            case SDE_DPMSOLVER -> -(t.sigma() * (Float32.exp(h) - 1f));
        };
    }

    /** Factor of d1 in Heun's and the third-order formula. */
    private float slope(NoiseLevel t, float h) {
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS, DEIS -> t.alpha() * ((Float32.exp(-h) - 1f) / h + 1f);
            case DPMSOLVER -> -(t.sigma() * ((Float32.exp(h) - 1f) / h - 1f));
            case SDE_DPMSOLVER_PLUS_PLUS -> t.alpha() * ((1f - Float32.exp(-2f * h)) / (-2f * h) + 1f);
            case SDE_DPMSOLVER -> -2f * (t.sigma() * ((Float32.exp(h) - 1f) / h - 1f));
        };
    }

    /** Factor of d2. */
    private float curvature(NoiseLevel t, float h) {
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS, DEIS -> -(t.alpha() * ((Float32.exp(-h) - 1f + h) / (h * h) - 0.5f));
            case DPMSOLVER -> -(t.sigma() * ((Float32.exp(h) - 1f - h) / (h * h) - 0.5f));
            case SDE_DPMSOLVER_PLUS_PLUS ->
                t.alpha() * ((1f - Float32.exp(-2f * h) - 2f * h) / (2f * h * (2f * h)) - 0.5f);
            case SDE_DPMSOLVER -> throw new AssertionError("refused when the configuration was read");
        };
    }

    private static Tensor plus(Tensor sum, Tensor term, float factor) {
        if (!Float.isFinite(factor)) {
            throw new SchedulerException(
                    "DPMSolverMultistepScheduler: step: got a factor of %s, wanted a finite one (noise levels equal, or a flow's above 1)"
                            .formatted(factor));
        }
        return sum.add(Float32.times(factor, term).to(DType.F32));
    }

    private Tensor withNoise(Tensor sum, float factor) {
        return sum.add(noise.orElseThrow().mul(factor));
    }
}
