package io.github.tintype.compile;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what {@link io.github.tintype.graph.GraphText} writes, as far as tests need it. Leaves are declared first: {@code in0: f32[b,4]}
 * an argument, {@code w: f32[4,4]} a weight of that name, {@code c = 1 2 3: f32[3]} a constant; numbers stand where they are read. Each
 * line makes a node of its own, so text can say the same thing twice. A size is a number or one symbol.
 */
final class GraphParser {
    private static final Pattern NODE =
            Pattern.compile("(%\\d+) = ([a-z_0-9]+)(?:\\[([^\\]]*)\\])?\\(([^)]*)\\): ([a-z0-9]+)\\[([^\\]]*)\\]");
    private static final Pattern CONSTANT = Pattern.compile("(\\w+) = ([-0-9. A-Za-z]+): ([a-z0-9]+)\\[([^\\]]*)\\]");
    private static final Pattern LEAF = Pattern.compile("([\\w.]+): ([a-z0-9]+)\\[([^\\]]*)\\]");

    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, Scope> scopes = new HashMap<>(Map.of("", Scope.NONE));
    private Scope scope = Scope.NONE;

    private GraphParser() {}

    static Graph parse(String text) {
        return new GraphParser().read(text);
    }

    private Graph read(String text) {
        for (String line : text.lines().toList()) {
            if (line.startsWith("return ")) {
                return Graph.of(names(line.substring("return ".length())).stream()
                        .map(name -> operand(name, DType.F32))
                        .toList());
            }
            if (line.startsWith("#")) {
                scope = scope(line.substring(1).strip());
            } else {
                readLine(line);
            }
        }
        throw new AssertionError("no return in: " + text);
    }

    /* The call of a.b is made from the call of a. */
    private Scope scope(String path) {
        Scope known = scopes.get(path);
        if (known == null) {
            int dot = path.lastIndexOf('.');
            known = new Scope(path, "Test", scope(dot < 0 ? "" : path.substring(0, dot)));
            scopes.put(path, known);
        }
        return known;
    }

    private void readLine(String line) {
        Matcher node = NODE.matcher(line);
        Matcher constant = CONSTANT.matcher(line);
        Matcher leaf = LEAF.matcher(line);
        if (node.matches()) {
            TensorType type = type(node.group(5), node.group(6));
            List<String> names = names(node.group(4));
            DType numbers = names.stream()
                    .filter(nodes::containsKey)
                    .map(name -> Node.scalarType(find(name).type().dtype()))
                    .findFirst()
                    .orElse(DType.F32);
            List<Node> inputs =
                    names.stream().map(name -> operand(name, numbers)).toList();
            Op op = op(node.group(2), Objects.requireNonNullElse(node.group(3), ""), type);
            Node made = Node.of(scope, op, inputs);
            if (!made.type().equals(type)) {
                throw new AssertionError("%s is %s".formatted(line, made.type()));
            }
            nodes.put(node.group(1), made);
        } else if (constant.matches()) {
            TensorType type = type(constant.group(3), constant.group(4));
            HostTensor value = HostTensor.allocate(type);
            String[] elements = constant.group(2).split(" ", -1);
            for (int i = 0; i < elements.length; i++) {
                value.setDouble(i, Double.parseDouble(elements[i]));
            }
            nodes.put(constant.group(1), leaf(new LeafOp.Constant(value)));
        } else if (leaf.matches()) {
            String name = leaf.group(1);
            TensorType type = type(leaf.group(2), leaf.group(3));
            nodes.put(
                    name,
                    leaf(
                            name.matches("in\\d+")
                                    ? new LeafOp.Input(Integer.parseInt(name.substring(2)), type)
                                    : new LeafOp.Parameter(
                                            new DenseWeight(name, type.dtype(), HostTensor.allocate(type)))));
        } else {
            throw new AssertionError("no graph: " + line);
        }
    }

    private Node leaf(LeafOp op) {
        return Node.of(Scope.NONE, op, List.of());
    }

    private Node find(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    private Node operand(String name, DType number) {
        return name.matches("-?[0-9].*|NaN")
                ? Node.of(scope, new LeafOp.Scalar(Double.parseDouble(name), number), List.of())
                : find(name);
    }

    private static List<String> names(String list) {
        return list.isBlank() ? List.of() : Arrays.asList(list.split(", ", -1));
    }

    private static TensorType type(String dtype, String sizes) {
        List<Dim> dims = new ArrayList<>();
        for (String size : sizes.isEmpty() ? new String[0] : sizes.split(",", -1)) {
            dims.add(size.matches("\\d+") ? Dim.of(Long.parseLong(size)) : dim(size));
        }
        return new TensorType(DType.valueOf(dtype.toUpperCase(Locale.ROOT)), new Shape(dims));
    }

    private static Dim dim(String product) {
        Dim dim = Dim.ONE;
        for (String factor : product.split("\\*", -1)) {
            dim = dim.times(factor.matches("\\d+") ? Dim.of(Long.parseLong(factor)) : Dim.symbol(factor));
        }
        return dim;
    }

    private static Op op(String name, String attributes, TensorType type) {
        List<Integer> numbers = attributes.matches("[-0-9,]+")
                ? Arrays.stream(attributes.split(",", -1)).map(Integer::valueOf).toList()
                : List.of();
        return switch (name) {
            case "linear" -> new LinearOp();
            case "matmul" -> new MatMulOp();
            case "conv2d" ->
                new Conv2dOp(
                        attribute(attributes, "stride", 1),
                        attribute(attributes, "padding", 0),
                        attribute(attributes, "dilation", 1),
                        attribute(attributes, "groups", 1));
            case "upsample_nearest" ->
                new UpsampleNearestOp(type.shape().dim(2), type.shape().dim(3));
            case "group_norm" -> new GroupNormOp(attribute(attributes, "groups", 1), 1e-5);
            case "reshape" -> new ReshapeOp(type.shape());
            case "expand" -> new ExpandOp(type.shape());
            case "permute" -> new PermuteOp(numbers);
            case "slice" -> new SliceOp(numbers.get(0), numbers.get(1), numbers.get(2));
            case "cat" -> new CatOp(numbers.getFirst());
            case "index_select" -> new IndexSelectOp(numbers.getFirst());
            case "cast" -> new CastOp(type.dtype());
            case "full" -> new FullOp(type, Double.parseDouble(attributes));
            case "arange" -> new ArangeOp(type.shape().dim(0), type.dtype());
            case "add", "sub", "mul", "div", "maximum", "minimum", "pow" ->
                new BinaryOp(BinaryOp.Kind.valueOf(name.toUpperCase(Locale.ROOT)));
            case "sin", "cos", "neg", "exp", "sqrt" -> new UnaryOp(UnaryOp.Kind.valueOf(name.toUpperCase(Locale.ROOT)));
            case "silu", "gelu", "gelu_tanh", "quick_gelu", "relu", "sigmoid" ->
                new ActivationOp(ActivationOp.Kind.valueOf(name.toUpperCase(Locale.ROOT)));
            default -> throw new AssertionError("no op: " + name);
        };
    }

    private static int attribute(String attributes, String name, int usual) {
        Matcher matcher = Pattern.compile("\\b" + name + "=(\\d+)").matcher(attributes);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : usual;
    }
}
