package io.github.tintype.pipelines;

import io.github.tintype.random.TorchGenerator;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.NoiseSource;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The seeded draws of one call: the same numbers as torch's CPU generators. Belongs to one thread. */
final class Noise implements NoiseSource {
    private final Engine engine;
    private final List<TorchGenerator> generators;

    /** One seed: one draw for the whole batch. Several: each picture has a generator of its own. */
    Noise(Engine engine, List<Long> seeds) {
        this.engine = engine;
        this.generators = seeds.stream().map(TorchGenerator::new).toList();
    }

    /** Standard normal values; the first axis of {@code type} is the batch. */
    @Override
    public Tensor next(TensorType type) {
        long[] shape = type.shape().sizes();
        if (generators.size() == 1) {
            return engine.tensor(generators.get(0).randn(type.dtype(), shape));
        }
        shape[0] = 1;
        List<Tensor> draws = new ArrayList<>();
        for (TorchGenerator generator : generators) {
            draws.add(engine.tensor(generator.randn(type.dtype(), shape)));
        }
        return Tensor.cat(0, draws);
    }

    /** {@code latents} of the request, which must have the sizes of {@code type} and are rounded to it, or a first draw. */
    Tensor initial(GenerateRequest request, TensorType type) {
        if (request.latents().isEmpty()) {
            return next(type);
        }
        HostTensor given = request.latents().get();
        if (!given.shape().equals(type.shape()) || !given.dtype().isFloat()) {
            throw new RequestException(
                    "latents: got %s, wanted a floating type and %s".formatted(given.type(), type.shape()));
        }
        return engine.tensor(given.to(type.dtype()));
    }
}
