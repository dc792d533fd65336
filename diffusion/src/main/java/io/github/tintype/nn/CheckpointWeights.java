package io.github.tintype.nn;

import static java.util.stream.Collectors.joining;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.LayerForm;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.io.QuantizedLayers;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The {@link Weights} of a checkpoint. Those below other prefixes share one record of what was read and what was wrong. */
public final class CheckpointWeights implements Weights {
    private static final int REPORTED = 10;
    private static final System.Logger LOG = System.getLogger(CheckpointWeights.class.getName());

    private final Checkpoint checkpoint;
    private final DType computeType;
    private final String path;
    private final Ledger ledger;

    private record Ledger(
            Set<String> names,
            Set<String> used,
            List<String> problems,
            Map<String, LayerForm> forms,
            Set<String> formsFound) {}

    CheckpointWeights(Checkpoint checkpoint, DType computeType) {
        this(
                checkpoint,
                computeType,
                "",
                new Ledger(
                        new TreeSet<>(checkpoint.names()),
                        new HashSet<>(),
                        new ArrayList<>(),
                        checkpoint.quantizedLayers().forms(),
                        new HashSet<>()));
    }

    private CheckpointWeights(Checkpoint checkpoint, DType computeType, String path, Ledger ledger) {
        if (!computeType.isFloat()) {
            throw new IllegalArgumentException(
                    "weights: got compute type %s, wanted a float type".formatted(computeType));
        }
        this.checkpoint = checkpoint;
        this.computeType = computeType;
        this.path = path;
        this.ledger = ledger;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public CheckpointWeights at(String child) {
        return new CheckpointWeights(checkpoint, computeType, join(child), ledger);
    }

    @Override
    public Weight get(String name, long... shape) {
        String full = join(name);
        LayerForm form = ledger.forms.get(path);
        if (form != null && name.equals(QuantizedLayers.WEIGHT)) {
            ledger.formsFound.add(path);
            return switch (form) {
                case LayerForm.Quantized(QuantizationScheme scheme) -> quantized(scheme, full, shape);
                case LayerForm.Narrow narrow -> narrow(narrow, full, shape);
            };
        }
        return plain(full, shape);
    }

    /* Of a linear layer or a convolution. */
    private Weight narrow(LayerForm.Narrow form, String full, long... shape) {
        if (shape.length != 2 && shape.length != 4) {
            ledger.problems.add("%s: got a weight in %s, wanted %s".formatted(full, form, Shape.of(shape)));
            return standIn(full);
        }
        if (ledger.names.contains(full) && checkpoint.type(full).dtype() != form.dtype()) {
            ledger.problems.add("%s: wanted %s, found %s".formatted(full, form, checkpoint.type(full)));
        }
        return form.of(plain(full, shape));
    }

    private Weight plain(String full, long... shape) {
        if (!ledger.names.contains(full)) {
            ledger.problems.add("missing %s, wanted %s".formatted(full, Shape.of(shape)));
            return standIn(full);
        }
        ledger.used.add(full);
        TensorType found = checkpoint.type(full);
        if (!found.shape().equals(Shape.of(shape)) || !found.dtype().isFloat()) {
            ledger.problems.add("%s: wanted float%s, found %s".formatted(full, Shape.of(shape), found));
        }
        return new DenseWeight(full, computeType, checkpoint.tensor(full));
    }

    /* Until requireComplete reports; its shape allocates nothing, however large the wanted one is. */
    private Weight standIn(String full) {
        return new DenseWeight(full, computeType, HostTensor.allocate(TensorType.of(DType.F32, 0)));
    }

    /* Of a linear layer, or of a 1×1 convolution that is one. */
    private Weight quantized(QuantizationScheme scheme, String full, long... shape) {
        boolean matrix = shape.length == 2 || (shape.length == 4 && shape[2] == 1 && shape[3] == 1);
        if (!matrix) {
            ledger.problems.add("%s: got a quantised weight, wanted %s".formatted(full, Shape.of(shape)));
            return standIn(full);
        }
        Shape plain = Shape.of(shape[0], shape[1]);
        List<Weight> components = new ArrayList<>();
        for (QuantizedPart.Part part : scheme.parts()) {
            component(scheme, part, plain).ifPresent(components::add);
        }
        return components.size() == scheme.parts().size()
                ? new QuantizedWeight(full, new TensorType(computeType, plain), scheme, components)
                : standIn(full);
    }

    private Optional<Weight> component(QuantizationScheme scheme, QuantizedPart.Part part, Shape plain) {
        String full = join(QuantizedLayers.name(part));
        ledger.used.add(full);
        TensorType wanted;
        try {
            wanted = scheme.type(part, plain);
        } catch (ShapeException e) {
            ledger.problems.add("%s: %s".formatted(full, e.getMessage()));
            return Optional.empty();
        }
        if (!ledger.names.contains(full)) {
            ledger.problems.add("missing %s, wanted %s".formatted(full, wanted));
            return Optional.empty();
        }
        TensorType found = checkpoint.type(full);
        if (!found.equals(wanted)) {
            ledger.problems.add("%s: wanted %s, found %s".formatted(full, wanted, found));
            return Optional.empty();
        }
        return Optional.of(new DenseWeight(full, found.dtype(), checkpoint.tensor(full)));
    }

    @Override
    public Optional<Weight> find(String name, long... shape) {
        return ledger.names.contains(join(name)) ? Optional.of(get(name, shape)) : Optional.empty();
    }

    @Override
    public boolean has(String prefix) {
        String full = join(prefix);
        return ledger.names.stream().anyMatch(name -> name.equals(full) || name.startsWith(full + "."));
    }

    @Override
    public void ignore(String name) {
        ledger.used.add(join(name));
    }

    /** Parameters asked for that are missing or have another shape or type, one line each. */
    public List<String> problems() {
        return List.copyOf(ledger.problems);
    }

    /** Tensors of the checkpoint that nobody asked for, sorted. */
    public Set<String> unused() {
        Set<String> unused = new TreeSet<>(ledger.names);
        unused.removeAll(ledger.used);
        return unused;
    }

    /** @throws ModelFormatException naming the first ten of {@link #problems()}; {@link #unused()} tensors are only logged */
    public void requireComplete() {
        Set<String> unused = unused();
        Set<String> unknown = new TreeSet<>(ledger.forms.keySet());
        unknown.removeAll(ledger.formsFound);
        unknown.forEach(layer ->
                ledger.problems.add("%s names the layer %s, which there isn't".formatted(QuantizedLayers.FILE, layer)));
        if (!ledger.problems.isEmpty()) {
            String extra = unused.isEmpty()
                    ? ""
                    : "; not asked for: " + first(unused.stream().toList());
            throw new ModelFormatException("weights: %d of the parameters do not fit the configuration: %s%s"
                    .formatted(ledger.problems.size(), first(ledger.problems), extra));
        }
        if (!unused.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "weights: ignored {0} tensors: {1}",
                    unused.size(),
                    first(List.copyOf(unused)));
        }
    }

    private static String first(List<String> all) {
        String shown = all.stream().limit(REPORTED).collect(joining("; "));
        return all.size() > REPORTED ? shown + "; and %d more".formatted(all.size() - REPORTED) : shown;
    }
}
