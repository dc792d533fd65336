package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Kernel;
import io.github.tintype.loop.template.PairedTemplate;
import io.github.tintype.tensor.DType;
import java.util.List;

/** A kernel that is generated code, wholly or in part. */
interface GeneratedKernel extends Kernel {
    /** What it is compiled from where {@code target} is the machine. */
    List<LoopCode.Unit> units(Target target);

    /** The end of a kernel's name for profiles: of which operands, unless they are F32. */
    static String of(DType operands) {
        return operands == DType.F32 ? "" : " of " + operands;
    }

    /** Likewise, and whether they are multiplied in pairs. */
    static String of(DType operands, PairedTemplate template) {
        return of(operands) + (template.pairs() ? " in pairs" : "");
    }
}
