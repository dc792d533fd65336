package io.github.tintype.loop.lower;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.Node;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.tensor.DType;
import java.util.List;

/** The statistics of a group norm once they are known: mean and 1 / deviation for each image and channel, in scratch memory [n,c]. */
final class NormTables {
    static final int MEAN = -2;
    static final int SCALE = -3;

    private NormTables() {}

    static Memory.Buffer mean(ProgramArguments arguments, Node norm) {
        return arguments.scratch("mean", DType.F32, count(norm));
    }

    static Memory.Buffer scale(ProgramArguments arguments, Node norm) {
        return arguments.scratch("scale", DType.F32, count(norm));
    }

    private static long count(Node norm) {
        return Math.multiplyExact(norm.shape().size(0), norm.shape().size(1));
    }

    /** (x − mean) · scale · weight + bias at {@code at}. */
    static Value normalised(Evaluator evaluator, KernelScope scope, Node norm, List<Coordinate> at) {
        BodyBuilder b = scope.builder();
        Value x = evaluator.value(norm.inputs().get(0), at);
        List<Coordinate> channel = Evaluator.broadcast(norm.inputs().get(1).shape(), List.of(at.get(1)));
        Value weight = evaluator.value(norm.inputs().get(1), channel);
        Value bias = evaluator.value(norm.inputs().get(2), channel);
        Layout table = Layout.of(norm.shape().size(1), 1);
        List<Coordinate> place = List.of(at.get(0), at.get(1));
        Value mean = b.load(mean(scope.arguments(), norm), scope.index(scope.access(MEAN, table, place)));
        Value scale = b.load(scale(scope.arguments(), norm), scope.index(scope.access(SCALE, table, place)));
        return b.fma(b.mul(b.sub(x, mean), scale), weight, bias);
    }
}
