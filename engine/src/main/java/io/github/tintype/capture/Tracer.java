package io.github.tintype.capture;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.UndecidedSizeException;
import io.github.tintype.trace.BreakingEvaluator;
import io.github.tintype.trace.JavaLine;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import io.github.tintype.trace.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Records a function. Where the recording hangs on a symbolic size, more is assumed of the symbols (that one is a number, or equals
 * another), which becomes part of the guards, and it is recorded again.
 */
final class Tracer {
    private static final BreakingEvaluator BREAKING = new BreakingEvaluator();

    /**
     * A recorded function.
     *
     * @param arguments the types for which the graph is right
     * @param attention by which back ends attention was recorded, if the function left that to its caller
     * @param output the form of the result, over the graph's outputs
     */
    record Trace(
            SymbolicArguments arguments,
            Optional<SdpaChoice> attention,
            Graph graph,
            Tree output,
            List<Assumption> assumptions) {
        Trace {
            assumptions = List.copyOf(assumptions);
        }
    }

    private final Function<List<Tensor>, Object> function;
    private final List<Assumption> assumptions = new ArrayList<>();
    private SymbolicArguments arguments;

    private Tracer(Function<List<Tensor>, Object> function, SymbolicArguments arguments) {
        this.function = function;
        this.arguments = arguments;
    }

    /**
     * @throws io.github.tintype.trace.GraphBreakException if a value is read
     * @throws CompileException if a declared size can't stay open
     */
    static Trace trace(Function<List<Tensor>, Object> function, SymbolicArguments arguments) {
        return new Tracer(function, arguments).run();
    }

    private Trace run() {
        while (true) {
            try {
                return once();
            } catch (UndecidedSizeException e) {
                assume(e); // removes a symbol each time
            }
        }
    }

    private Trace once() {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < arguments.types().size(); i++) {
            LeafOp.Input leaf = new LeafOp.Input(i, arguments.types().get(i));
            inputs.add(Tensor.over(Node.of(Scope.NONE, leaf, List.of()), Optional.of(BREAKING)));
        }
        SdpaKernel.Watched<Object> watched = SdpaKernel.watch(() -> function.apply(inputs));
        Tree.Flat result = Tree.flatten(watched.result());
        List<Node> outputs = result.tensors().stream().map(Tensor::node).toList();
        return new Trace(arguments, watched.choice(), Graph.of(outputs), result.tree(), assumptions);
    }

    private void assume(UndecidedSizeException e) {
        Dim size = e.size();
        Dim other = e.other().orElse(size);
        long is = arguments.hint(size);
        long wanted = arguments.hint(other);
        if (is == wanted && isSymbol(size) && !isDeclared(size) && !size.equals(other)) {
            replace(size, other, e);
        } else if (is == wanted && isSymbol(other) && !isDeclared(other) && !size.equals(other)) {
            replace(other, size, e);
        } else if (is == wanted) {
            fix(size, e);
            fix(other, e);
        } else if (is == 1 && !size.isFixed()) {
            fix(size, e); // it broadcasts
        } else if (wanted == 1 && !other.isFixed()) {
            fix(other, e);
        } else {
            throw new ShapeException(
                    "%s; here %s is %d and %s is %d".formatted(e.getMessage(), size, is, other, wanted));
        }
    }

    private static boolean isSymbol(Dim size) {
        return size.symbols().size() == 1
                && size.equals(Dim.symbol(size.symbols().iterator().next()));
    }

    private boolean isDeclared(Dim size) {
        return size.symbols().stream().anyMatch(arguments.declared()::contains);
    }

    private void replace(Dim symbol, Dim by, UndecidedSizeException why) {
        String name = symbol.symbols().iterator().next();
        if (by.symbols().contains(name)) {
            fix(symbol, why);
            return;
        }
        note(name + " = " + by, why);
        arguments = arguments.refine(name, by);
    }

    private void fix(Dim size, UndecidedSizeException why) {
        for (String name : size.symbols()) {
            Long hint = arguments.hints().get(name);
            if (hint == null) {
                continue; // fixed as part of the other size
            }
            if (arguments.declared().contains(name)) {
                throw new CompileException(
                        "%s: declared to stay open, but recorded for %d it can't: %s (%s)"
                                .formatted(name, hint, why.getMessage(), JavaLine.of(why)),
                        why);
            }
            note(name + " = " + hint, why);
            arguments = arguments.refine(name, Dim.of(hint));
        }
    }

    private void note(String text, UndecidedSizeException why) {
        assumptions.add(new Assumption(text, "%s (%s)".formatted(why.getMessage(), JavaLine.of(why))));
    }
}
