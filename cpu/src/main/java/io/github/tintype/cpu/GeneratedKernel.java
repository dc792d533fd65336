package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.code.cache.ImageKey;
import io.github.tintype.device.Kernel;
import java.util.List;

/** A kernel that is generated code, wholly or in part. */
interface GeneratedKernel extends Kernel {
    /** Sees to it that its code for another machine is in the cache, and tells under which keys. */
    List<ImageKey> keep(Target target);
}
