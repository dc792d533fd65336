package io.github.tintype.cpu;

import io.github.tintype.cpu.FlashParameters.Legal;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.loop.template.AttentionTemplate;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Map;

/**
 * Attention without a mask or causal by {@link FlashKernel}: wherever something is compiled. It was faster than the library at all sizes of Stable Diffusion's models on one
 * thread of a Zen 3, and on two at all but the least, 64 queries and keys, where either takes a third of a millisecond.
 */
record FlashSupport(Cpu cpu, LoopCode code) {
    /** What may be chosen, that of the tables first. {@code spec} is without a mask, of f32 or of 16 bits. */
    List<Candidate> candidates(Attention.Spec spec, boolean causal, Effort effort) {
        Legal legal = Legal.of(code.target().lanes(), spec, cpu.threads());
        return legal.grid().stream()
                .map(parameters -> candidate(spec, causal, effort, legal, parameters))
                .toList();
    }

    private Candidate candidate(
            Attention.Spec spec, boolean causal, Effort effort, Legal legal, FlashParameters parameters) {
        return new Candidate(
                () -> parameters.name(spec),
                () -> lower(spec, causal, effort, parameters),
                () -> legal.steps(parameters).stream()
                        .map(parameter -> parameter.stream()
                                .map(other -> candidate(spec, causal, effort, legal, other))
                                .toList())
                        .toList());
    }

    private Lowering lower(Attention.Spec spec, boolean causal, Effort effort, FlashParameters parameters) {
        AttentionTemplate template = template(parameters.tile(), spec.dtype(), pairs(spec), causal);
        FlashKernel kernel = new FlashKernel(cpu, code, template, spec, parameters, effort);
        Attention.View dst = spec.dst();
        return new Lowering(
                Layout.of(dst.batch(), dst.head(), dst.row(), 1),
                kernel,
                Map.of(),
                kernel.scratchBytes(),
                kernel.implementation());
    }

    /* If there is an instruction for it, and queries and keys are of whole pairs. */
    private boolean pairs(Attention.Spec spec) {
        return ProductSupport.multipliesPairs(code.target(), spec.dtype())
                && spec.d() % 2 == 0
                && isEven(spec.q())
                && isEven(spec.k());
    }

    private static boolean isEven(Attention.View view) {
        return view.batch() % 2 == 0 && view.head() % 2 == 0 && view.row() % 2 == 0;
    }

    static AttentionTemplate template(RegisterTile tile, DType operands, boolean pairs, boolean causal) {
        return new AttentionTemplate(tile.rows(), tile.columns(), tile.lanes(), operands, pairs, causal);
    }
}
