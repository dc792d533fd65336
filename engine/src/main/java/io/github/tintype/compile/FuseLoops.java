package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.ViewOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is bound by memory and not by arithmetic becomes one kernel with what it reads, so that intermediate results are never stored.
 *
 * <pre>
 * %0 = group_norm[groups=32](in0, w, b): f32[n,c,h,w]
 * %1 = silu(%0): f32[n,c,h,w]                             becomes     %0 = fused{0=group_norm[groups=32](a0,a1,a2) 1=silu(0) 2=mul(1,a3)}(in0, w, b, in1)
 * %2 = mul(%1, in1): f32[n,c,h,w]
 * </pre>
 *
 * From the results on, each op that loops can compute takes in the ops before it that nobody else reads, as long as the device says that
 * it has a kernel for all of them. Views are taken in where something behind them is; those next to an argument cost nothing outside. An op alone is left
 * to the library, but for norms, and functions of elements of 16 bits.
 */
final class FuseLoops implements Pass {
    @Override
    public String name() {
        return "fuse_loops";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        return new Fusion(graph, context.device()).apply();
    }

    /* What an op is to a loop over its results. */
    private enum Role {
        /** Another index into what it reads, or into nothing: for nothing wherever it is done. */
        VIEW,
        /** Moves elements: worth a kernel only with arithmetic beside it. */
        MOVE,
        COMPUTE,
        /** Reads what it reads more than once: worth a kernel on its own. */
        NORM,
        /** Not for loops. */
        NONE
    }

    private static Role role(Op op) {
        return switch (op) {
            case ViewOp _, FullOp _, ArangeOp _ -> Role.VIEW;
            case CatOp _, PadOp _, UpsampleNearestOp _, IndexSelectOp _ -> Role.MOVE;
            case UnaryOp _, BinaryOp _, CompareOp _, WhereOp _, CastOp _, ReduceOp _, ActivationOp _ -> Role.COMPUTE;
            case GroupNormOp _, LayerNormOp _, SoftmaxOp _ -> Role.NORM;
            default -> Role.NONE;
        };
    }

    /* A kernel: what computes its result, and what it reads. */
    private record Region(FusedOp op, List<Node> arguments) {}

    /** Whether the device has loops for an op, asked with sizes for the symbols: what it says of one size holds for all. */
    static boolean supports(Device device, FusedOp op, List<TensorType> inputs, TensorType output) {
        try {
            return device.supports(
                    op.substitute(_ -> Dim.of(TrySizes.SIZE)),
                    inputs.stream().map(TrySizes::of).toList(),
                    TrySizes.of(output));
        } catch (ShapeException e) {
            return false; // sizes that divide others do not at the sizes that are tried
        }
    }

    private static final class Fusion {
        private final Graph graph;
        private final Device device;
        private final Readers readers;
        private final Set<Node> taken = Collections.newSetFromMap(new IdentityHashMap<>());
        private final IdentityHashMap<Node, Region> regions = new IdentityHashMap<>();

        Fusion(Graph graph, Device device) {
            this.graph = graph;
            this.device = device;
            this.readers = new Readers(graph);
        }

        Graph apply() {
            for (Node node : graph.nodes().reversed()) {
                boolean begins = role(node.op()) != Role.NONE && role(node.op()) != Role.VIEW;
                if (begins && !taken.contains(node)) {
                    grow(node);
                }
            }
            return regions.isEmpty() ? graph : rewrite();
        }

        private void grow(Node root) {
            Set<Node> members = Collections.newSetFromMap(new IdentityHashMap<>());
            members.add(root);
            Deque<Node> open = new ArrayDeque<>(root.inputs());
            Set<Node> refused = Collections.newSetFromMap(new IdentityHashMap<>());
            while (!open.isEmpty()) {
                Node candidate = open.poll();
                if (members.contains(candidate) || refused.contains(candidate) || !isAbsorbable(candidate, members)) {
                    continue;
                }
                members.add(candidate);
                if (role(candidate.op()) == Role.VIEW || isSupported(region(root, members), root)) {
                    open.addAll(candidate.inputs());
                } else {
                    members.remove(candidate);
                    refused.add(candidate);
                }
            }
            dropOuterViews(members);
            if (!pays(members)) {
                return;
            }
            Region region = region(root, members);
            if (isSupported(region, root)) {
                regions.put(root, region);
                members.stream().filter(node -> role(node.op()) != Role.VIEW).forEach(taken::add);
            }
        }

        private boolean isAbsorbable(Node node, Set<Node> members) {
            return switch (role(node.op())) {
                case NONE -> false;
                case VIEW -> true;
                case MOVE, COMPUTE, NORM -> !readers.isOutput(node) && members.containsAll(computedReaders(node));
            };
        }

        /* Who computes with the node, through whatever views. */
        private List<Node> computedReaders(Node node) {
            List<Node> found = new ArrayList<>();
            Deque<Node> open = new ArrayDeque<>(readers.of(node));
            while (!open.isEmpty()) {
                Node reader = open.poll();
                if (role(reader.op()) == Role.VIEW && !readers.isOutput(reader)) {
                    open.addAll(readers.of(reader));
                } else {
                    found.add(reader);
                }
            }
            return found;
        }

        /* Those that lead to arguments only: outside they are a matter of strides. */
        private void dropOuterViews(Set<Node> members) {
            for (Node node : graph.nodes()) {
                boolean outer = role(node.op()) == Role.VIEW
                        && !node.inputs().isEmpty()
                        && node.inputs().stream().noneMatch(members::contains);
                if (outer) {
                    members.remove(node);
                }
            }
        }

        private static boolean pays(Set<Node> members) {
            int computes = 0;
            for (Node node : members) {
                switch (role(node.op())) {
                    case NORM -> computes += 2;
                    case COMPUTE, MOVE -> computes += isConversion(node) ? 2 : 1;
                    case VIEW, NONE -> {}
                }
            }
            return computes > 1;
        }

        /* Elements of 16 bits are computed in f32: a loop widens and rounds them by the way, other kernels in passes of their own. */
        private static boolean isConversion(Node node) {
            return HalfConverter.isHalf(node.type().dtype())
                    && (node.op() instanceof BinaryOp
                            || node.op() instanceof UnaryOp
                            || node.op() instanceof ActivationOp);
        }

        private static Region region(Node root, Set<Node> members) {
            List<Node> arguments = new ArrayList<>();
            Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            Graph inside = Graph.of(List.of(root), node -> !members.contains(node));
            for (Node node : inside.nodes()) {
                if (!members.contains(node) && !(node.op() instanceof LeafOp.Scalar) && seen.add(node)) {
                    arguments.add(node);
                }
            }
            return new Region(FusedOp.of(root, arguments), arguments);
        }

        private boolean isSupported(Region region, Node root) {
            List<TensorType> types = region.arguments().stream().map(Node::type).toList();
            return supports(device, region.op(), types, root.type());
        }

        private Graph rewrite() {
            IdentityHashMap<Node, Node> results = new IdentityHashMap<>();
            for (Node node : graph.nodes()) {
                Region region = regions.get(node);
                List<Node> inputs = (region == null ? node.inputs() : region.arguments())
                        .stream()
                                .map(input -> Objects.requireNonNull(results.get(input)))
                                .toList();
                results.put(node, region == null ? node.over(inputs) : Node.of(node.scope(), region.op(), inputs));
            }
            return Graph.of(graph.outputs().stream().map(results::get).toList());
        }
    }
}
