package io.github.tintype.loop.lower;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds out what computing a value takes: how it moves over memory, which reductions it reads, what is costly. What is built is thrown away. */
final class SurveyScope extends KernelScope {
    private final Set<Request> reductions = new LinkedHashSet<>();
    private final Set<Request> costly = new LinkedHashSet<>();
    private final Set<Request> inputs = new LinkedHashSet<>();

    SurveyScope(Fusion fusion) {
        super(fusion, new ProgramArguments(Schedule.PROCESSOR), Dealing.LANES);
    }

    /** The scope after {@code node} was evaluated at {@code at} in it. */
    static SurveyScope of(Fusion fusion, Node node, List<Coordinate> at) {
        SurveyScope scope = new SurveyScope(fusion);
        new Evaluator(scope).value(node, at);
        return scope;
    }

    /** In the order in which they are needed. */
    Set<Request> reductions() {
        return reductions;
    }

    Set<Request> costly() {
        return costly;
    }

    /** Elements that are read, and floats. */
    Set<Request> inputs() {
        return inputs;
    }

    @Override
    Group group(LoopAxis axis) {
        if (!isPlaced(axis)) {
            place(new Group(List.of(axis)), Index.of(new Var(axis.name())));
        }
        return super.group(axis);
    }

    @Override
    Optional<Value> kept(Node node, List<Coordinate> at) {
        return Optional.empty();
    }

    @Override
    void keep(Node node, List<Coordinate> at, Value value) {
        if (node.op() instanceof UnaryOp(UnaryOp.Kind kind) && value.type() == ValueType.F32) {
            boolean isCostly = switch (kind) {
                case EXP, LOG, SIN, COS, TANH, ERF -> true;
                case NEG, ABS, SQRT, RSQRT, ROUND, FLOOR, NOT -> false;
            };
            if (isCostly) {
                costly.add(new Request(node, at));
            }
        }
        if (node.op() instanceof ActivationOp) {
            costly.add(new Request(node, at));
        }
        if (node.op() instanceof LeafOp.Input && value.type() == ValueType.F32) {
            inputs.add(new Request(node, at));
        }
    }

    @Override
    Value reduction(Node node, List<Coordinate> at) {
        reductions.add(new Request(node, at));
        return builder().number(ValueType.of(node.type().dtype()), 0);
    }

    @Override
    Value groupNorm(Node node, List<Coordinate> at) {
        return NormTables.normalised(new Evaluator(this), this, node, at);
    }
}
