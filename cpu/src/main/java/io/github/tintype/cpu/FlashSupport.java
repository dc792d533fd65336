package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.loop.template.AttentionTemplate;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.util.Map;

/**
 * Attention without a mask or causal by {@link FlashKernel}: wherever something is compiled. It was faster than the library at all sizes of Stable Diffusion's models on one
 * thread of a Zen 3, and on two at all but the least, 64 queries and keys, where either takes a third of a millisecond.
 */
record FlashSupport(Cpu cpu, LoopCode code) {
    /** {@code spec} is without a mask. */
    Lowering lower(Attention.Spec spec, boolean causal, Effort effort) {
        AttentionTemplate template = template(code.target().lanes(), causal);
        FlashKernel kernel = new FlashKernel(cpu, code, template, spec, effort);
        Attention.View dst = spec.dst();
        return new Lowering(
                Layout.of(dst.batch(), dst.head(), dst.row(), 1),
                kernel,
                Map.of(),
                kernel.scratchBytes(),
                kernel.implementation());
    }

    /* Where a register has 16 lanes, 8 rows instead of 12: the sizes of heads are multiples of 8. */
    static AttentionTemplate template(int lanes, boolean causal) {
        RegisterTile tile = RegisterTile.of(lanes);
        return new AttentionTemplate(Math.min(tile.rows(), 8), tile.columns(), lanes, DType.F32, causal);
    }
}
