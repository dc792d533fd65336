package io.github.tintype.graph.stored;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what {@link GraphWriter} wrote. Lengths are checked against what is left before anything is allocated. */
final class GraphReader {
    /** Stands for one of the given weights where a record could be. */
    static final int WEIGHT = 0xff;

    /* Ops in ops, weights of weights: no graph comes near. */
    private static final int MOST_DEPTH = 32;

    private final ByteBuffer in;
    private final List<DenseWeight> weights;
    private int depth;

    GraphReader(ByteBuffer in, List<DenseWeight> weights) {
        this.in = in;
        this.weights = weights;
    }

    Graph read() {
        try {
            checkWeights();
            List<Scope> scopes = scopes();
            List<Op> ops = ops();
            int count = count(1);
            List<Node> nodes = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                nodes.add(node(scopes, ops, nodes));
            }
            List<Node> outputs = nodes(nodes);
            if (in.hasRemaining()) {
                throw new GraphFormatException("got %d bytes after the graph".formatted(in.remaining()));
            }
            return new Graph(nodes, outputs);
        } catch (BufferUnderflowException e) {
            throw new GraphFormatException("it ends too early");
        } catch (ShapeException | ArithmeticException e) {
            throw new GraphFormatException("a node of it doesn't take its inputs: " + e.getMessage(), e);
        }
    }

    private void checkWeights() {
        int count = count(1);
        if (count != weights.size()) {
            throw new GraphFormatException("got %d weights, wanted %d".formatted(count, weights.size()));
        }
        for (DenseWeight weight : weights) {
            String name = text();
            Object type = value(TensorType.class);
            if (!name.equals(weight.name()) || !type.equals(weight.type())) {
                throw new GraphFormatException("got weight %s: %s, wanted %s".formatted(name, type, weight));
            }
        }
    }

    private List<Scope> scopes() {
        List<Scope> scopes = new ArrayList<>(List.of(Scope.NONE));
        int count = count(1);
        for (int i = 0; i < count; i++) {
            String path = text();
            String module = text();
            scopes.add(new Scope(path, module, at(scopes)));
        }
        return scopes;
    }

    private List<Op> ops() {
        int count = count(1);
        List<Op> ops = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ops.add((Op) value(Op.class));
        }
        return ops;
    }

    private Node node(List<Scope> scopes, List<Op> ops, List<Node> before) {
        Op op = at(ops);
        List<Node> inputs = nodes(before);
        if (op instanceof LeafOp && !inputs.isEmpty()) {
            throw new GraphFormatException("got a %s that reads something".formatted(op.name()));
        }
        return Node.of(at(scopes), op, inputs);
    }

    private List<Node> nodes(List<Node> known) {
        int count = count(Integer.BYTES);
        List<Node> nodes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            nodes.add(at(known));
        }
        return nodes;
    }

    private <T> T at(List<T> known) {
        int number = in.getInt();
        if (number < 0 || number >= known.size()) {
            throw new GraphFormatException("got number %d of %d".formatted(number, known.size()));
        }
        return known.get(number);
    }

    private int count(int least) {
        return StoredParts.count(in, least);
    }

    private String text() {
        return StoredParts.text(in);
    }

    private Object value(Type type) {
        if (type instanceof ParameterizedType list) {
            return list(list.getActualTypeArguments()[0]);
        }
        Class<?> wanted = (Class<?>) type;
        if (wanted == int.class || wanted == Integer.class) {
            return in.getInt();
        }
        if (wanted == long.class) {
            return in.getLong();
        }
        if (wanted == double.class) {
            return in.getDouble();
        }
        if (wanted == boolean.class) {
            return truth();
        }
        if (wanted.isEnum()) {
            return constant(wanted);
        }
        if (wanted == Dim.class) {
            return dim();
        }
        if (wanted == Shape.class) {
            return new Shape(list(Dim.class).stream().map(Dim.class::cast).toList());
        }
        return wanted == HostTensor.class ? tensor() : nested(wanted);
    }

    private boolean truth() {
        int value = in.get();
        if (value != 0 && value != 1) {
            throw new GraphFormatException("got %d, wanted 0 or 1".formatted(value));
        }
        return value == 1;
    }

    private Object constant(Class<?> wanted) {
        String name = text();
        return Arrays.stream(wanted.getEnumConstants())
                .filter(constant ->
                        constant instanceof Enum<?> one && one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new GraphFormatException("got no %s".formatted(wanted.getSimpleName())));
    }

    private Dim dim() {
        if (!truth()) {
            return Dim.parse(text());
        }
        return Dim.of(in.getLong());
    }

    private List<Object> list(Type element) {
        int count = count(1);
        List<Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(element));
        }
        return values;
    }

    private HostTensor tensor() {
        TensorType type = (TensorType) value(TensorType.class);
        byte[] bytes = new byte[count(1)];
        in.get(bytes);
        HostTensor tensor = HostTensor.allocate(
                type.with(Shape.of(bytes.length / type.dtype().bytes())));
        if (bytes.length != type.bytes()) {
            throw new GraphFormatException("got %d bytes of %s".formatted(bytes.length, type));
        }
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, tensor.data(), 0, bytes.length);
        return new HostTensor(type, tensor.data());
    }

    private Object nested(Class<?> wanted) {
        if (++depth > MOST_DEPTH) {
            throw new GraphFormatException("got more than %d values in each other".formatted(MOST_DEPTH));
        }
        int number = Byte.toUnsignedInt(in.get());
        Object value = number == WEIGHT ? at(weights) : record(Records.of(number));
        depth--;
        if (!wanted.isInstance(value)) {
            throw new GraphFormatException(
                    "got a %s, wanted a %s".formatted(value.getClass().getSimpleName(), wanted.getSimpleName()));
        }
        return value;
    }

    private Object record(Records.Form form) {
        List<Object> values = new ArrayList<>();
        for (Type component : form.components()) {
            values.add(value(component));
        }
        return form.make(values);
    }
}
