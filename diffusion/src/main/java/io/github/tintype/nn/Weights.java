package io.github.tintype.nn;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where modules find their parameters: a checkpoint seen from one prefix.
 *
 * <p>Asking never fails at once: what is missing or has another shape is collected, so that one error tells about all of it.
 * {@link #load} builds a model and then reports.
 */
public interface Weights {
    /** The prefix of the names below here, without the last dot; empty at the top. */
    String path();

    /** The weights below {@code child}, e.g. {@code at("resnets.0")}. */
    Weights at(String child);

    /** The parameter {@code path.name}, which must exist and have this shape. */
    Weight get(String name, long... shape);

    /** The parameter {@code path.name} if there is one; then it must have this shape. */
    Optional<Weight> find(String name, long... shape);

    /** Whether there is a parameter {@code path.prefix} or one below it. */
    boolean has(String prefix);

    /** Says that {@code path.name}, if it exists, is not a parameter and no surprise. */
    void ignore(String name);

    /** The full name of {@code name} seen from here. */
    default String join(String name) {
        return path().isEmpty() ? name : path() + "." + name;
    }

    /** All weights of {@code checkpoint}, computing in {@code computeType}; the checkpoint must stay open while they are used. */
    static CheckpointWeights of(Checkpoint checkpoint, DType computeType) {
        return new CheckpointWeights(checkpoint, computeType);
    }

    /**
     * The model that {@code build} makes of all weights of {@code checkpoint}. Tensors that it leaves unread are logged as a warning.
     *
     * @throws ModelFormatException naming the first ten parameters that are missing or of another shape, with wanted and found
     */
    static <M> M load(Checkpoint checkpoint, DType computeType, Function<Weights, M> build) {
        CheckpointWeights weights = of(checkpoint, computeType);
        M model = build.apply(weights);
        weights.requireComplete();
        return model;
    }

    /** Lists the parameters that a model asks for, without data: every weight is zero, and there are no optional ones. */
    final class Recorder implements Weights {
        private final String path;
        private final DType computeType;
        private final Map<String, TensorType> parameters;
        private final Zeros zeros;

        public Recorder(DType computeType) {
            this("", computeType, new LinkedHashMap<>(), new Zeros());
        }

        private Recorder(String path, DType computeType, Map<String, TensorType> parameters, Zeros zeros) {
            this.path = path;
            this.computeType = computeType;
            this.parameters = parameters;
            this.zeros = zeros;
        }

        /** What was asked for so far, by full name, in order. */
        public Map<String, TensorType> parameters() {
            return Collections.unmodifiableMap(parameters);
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public Recorder at(String child) {
            return new Recorder(join(child), computeType, parameters, zeros);
        }

        @Override
        public Weight get(String name, long... shape) {
            DenseWeight weight = new DenseWeight(join(name), computeType, zeros.of(shape));
            parameters.put(weight.name(), weight.type());
            return weight;
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

        /** Zeros that share memory: a model of many gigabytes is recorded in that of its largest tensor, a byte an element. */
        private static final class Zeros {
            private HostTensor largest = HostTensor.allocate(TensorType.of(DType.F8_E4M3, 0));

            HostTensor of(long... shape) {
                TensorType type = TensorType.of(DType.F8_E4M3, shape);
                if (type.bytes() > largest.type().bytes()) {
                    largest = HostTensor.allocate(type);
                }
                return new HostTensor(type, largest.data().asSlice(0, type.bytes()));
            }
        }
    }
}
