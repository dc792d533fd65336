package io.github.tintype.benchmark;

import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Random weights for any model, the same in each run. Their scale keeps activations near 1: matrices and kernels have a deviation of
 * 1/√fan-in, norms are near 1, biases near 0.
 *
 * <p>Weights of equal scale are views, at different places, of one pool of numbers: all weights of SDXL together take the memory of a few.
 */
public final class RandomWeights implements Weights {
    /* How far apart two views of a pool may begin. */
    private static final int SPREAD = 1 << 16;
    private static final int STEP = 16;

    private final String path;
    private final DType stored;
    private final Map<Scale, HostTensor> pools;

    /** Values from {@code offset − deviation·√3} to {@code offset + deviation·√3}. */
    private record Scale(double deviation, double offset) {}

    /** @param stored the type they are stored in; they compute in f32 */
    public RandomWeights(DType stored) {
        this("", stored, new HashMap<>());
    }

    private RandomWeights(String path, DType stored, Map<Scale, HostTensor> pools) {
        this.path = path;
        this.stored = stored;
        this.pools = pools;
    }

    /** Memory of all that was drawn so far. A checkpoint's weights would lie in a mapped file instead. */
    public long bytes() {
        return pools.values().stream().mapToLong(pool -> pool.type().bytes()).sum();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public RandomWeights at(String child) {
        return new RandomWeights(join(child), stored, pools);
    }

    @Override
    public Weight get(String name, long... shape) {
        String full = join(name);
        long elements = Shape.of(shape).elements();
        HostTensor pool = pool(scale(name, shape), elements);
        long begin = (long) Math.floorMod(full.hashCode(), SPREAD / STEP) * STEP;
        TensorType type = TensorType.of(stored, shape);
        return new DenseWeight(
                full, DType.F32, new HostTensor(type, pool.data().asSlice(begin * stored.bytes(), type.bytes())));
    }

    private static Scale scale(String name, long... shape) {
        if (shape.length == 1) {
            return name.equals("weight") ? new Scale(0.1, 1) : new Scale(0.02, 0);
        }
        double fanIn = 1;
        for (int i = 1; i < shape.length; i++) {
            fanIn *= shape[i];
        }
        return new Scale(1 / Math.sqrt(fanIn), 0);
    }

    private HostTensor pool(Scale scale, long elements) {
        HostTensor known = pools.get(scale);
        if (known != null && known.elements() >= elements + SPREAD) {
            return known;
        }
        HostTensor pool = HostTensor.allocate(TensorType.of(stored, elements + SPREAD));
        long state = scale.hashCode();
        for (long i = 0; i < pool.elements(); i++) {
            state = state * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX generator
            double uniform = (state >> 11) * 0x1p-52;
            pool.setDouble(i, scale.offset() + scale.deviation() * Math.sqrt(3) * uniform);
        }
        pools.put(scale, pool);
        return pool;
    }

    @Override
    public Optional<Weight> find(String name, long... shape) {
        return Optional.empty();
    }

    @Override
    public boolean has(String prefix) {
        return false;
    }

    @Override
    public void ignore(String name) {}
}
