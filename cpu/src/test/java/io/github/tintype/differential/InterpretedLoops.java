package io.github.tintype.differential;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Device;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.loop.LoopInterpreter;
import io.github.tintype.loop.lower.LoopLowerer;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The CPU device whose loops are interpreted, not compiled: the plain twin of its generated code, bit for bit. */
record InterpretedLoops(CpuDevice cpu) implements Device {
    @Override
    public String name() {
        return "cpu with interpreted loops";
    }

    @Override
    public NativeMemory memory() {
        return cpu.memory();
    }

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return cpu.supports(op, inputs, output);
    }

    @Override
    public Optional<String> lacks(
            SdpBackend backend, ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return cpu.lacks(backend, op, inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        return cpu.inputLayouts(op, inputs, output);
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        if (!(op instanceof FusedOp fused)) {
            return cpu.lower(op, inputs, output);
        }
        Layout result = result(inputs, output);
        LoopLowering lowering = LoopLowerer.lower(
                fused,
                inputs.stream().map(Operand::type).toList(),
                inputs.stream().map(Operand::layout).toList(),
                result);
        return switch (lowering) {
            case LoopLowering.Lowered(LoopPlan plan) ->
                new Lowering(
                        result, arguments -> run(plan, arguments), Map.of(), plan.scratchBytes(), "interpreted loops");
            case LoopLowering.Refused(String reason) -> throw new AssertionError(op + " is refused: " + reason);
        };
    }

    /* As the device itself has it: channels last where an image is, else row-major. */
    private static Layout result(List<Operand> inputs, TensorType output) {
        boolean channelsLast = inputs.stream()
                .anyMatch(input -> input.type().shape().rank() == 4
                        && input.layout().isChannelsLast(input.type().shape())
                        && !input.layout().isContiguous(input.type().shape()));
        return channelsLast && output.shape().rank() == 4
                ? Layout.channelsLast(output.shape())
                : Layout.contiguous(output.shape());
    }

    private static void run(LoopPlan plan, KernelArguments arguments) {
        List<MemorySegment> buffers = plan.buffers().stream()
                .map(place -> switch (place) {
                    case LoopPlan.Place.Input(int index) -> arguments.input(index);
                    case LoopPlan.Place.Output() -> arguments.output();
                    case LoopPlan.Place.Scratch(long offset) ->
                        arguments.scratch().asSlice(offset);
                    case LoopPlan.Place.Faults(long offset) ->
                        arguments.scratch().asSlice(offset, Integer.BYTES).fill((byte) 0);
                })
                .toList();
        new LoopInterpreter(plan.program(), buffers, plan.sizes(), plan.scalars()).run();
    }

    @Override
    public Lowering copy(TensorType type, Layout from, Layout to) {
        return cpu.copy(type, from, to);
    }

    /** Nothing: the CPU device isn't this one's. */
    @Override
    public void close() {}
}
