package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Kernel;
import java.util.List;

/** A kernel that is generated code, wholly or in part. */
interface GeneratedKernel extends Kernel {
    /** What it is compiled from where {@code target} is the machine. */
    List<LoopCode.Unit> units(Target target);
}
