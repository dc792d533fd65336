package io.github.tintype.bench;

import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.compile.Call;
import io.github.tintype.compile.Plan;
import io.github.tintype.device.Device;
import io.github.tintype.device.Kernel;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A device that remembers what it was asked to lower. */
final class RecordingDevice implements Device {
    private final Device device;
    private final IdentityHashMap<Kernel, Problem> problems = new IdentityHashMap<>();

    /** An op on operands that lie in one way. */
    record Problem(Op op, List<Operand> inputs, TensorType output) {
        long flops() {
            return op.flops(inputs.stream().map(Operand::type).toList(), output);
        }
    }

    RecordingDevice(Device device) {
        this.device = device;
    }

    /** What was lowered for a plan, in order, each with the number of its calls. */
    Map<Problem, Integer> problems(Plan plan) {
        Map<Problem, Integer> calls = new LinkedHashMap<>();
        for (Call call : plan.calls()) {
            Problem problem = problems.get(call.kernel());
            if (problem != null) { // a copy is none
                calls.merge(problem, 1, Integer::sum);
            }
        }
        return calls;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public String identity() {
        return device.identity();
    }

    @Override
    public Optional<CacheUse> cache() {
        return device.cache();
    }

    @Override
    public NativeMemory memory() {
        return device.memory();
    }

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return device.supports(op, inputs, output);
    }

    @Override
    public Optional<String> lacks(
            SdpBackend backend, ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return device.lacks(backend, op, inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        return device.inputLayouts(op, inputs, output);
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        return lower(op, inputs, output, Spending.LEAST);
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output, Spending spending) {
        Lowering lowering = device.lower(op, inputs, output, spending);
        problems.put(lowering.kernel(), new Problem(op, inputs, output));
        return lowering;
    }

    @Override
    public boolean computesInPlace(Op op, int index, List<Operand> inputs, TensorType output) {
        return device.computesInPlace(op, index, inputs, output);
    }

    @Override
    public Lowering copy(TensorType type, Layout from, Layout to) {
        return device.copy(type, from, to);
    }

    @Override
    public void close() {
        device.close();
    }
}
