package io.github.tintype.compile;

import java.util.List;

/** Which parts of a traced graph are compiled once and used for every module call that is equal in structure. */
public sealed interface RegionPolicy {
    /**
     * Everything is compiled. The largest module calls that occur at least twice, with other inputs and weights but equal in structure and
     * sizes, share a program; so do those inside of such programs. What is left is one more. Calls of less than two kernels stay with what is
     * around them.
     */
    record WholeGraph() implements RegionPolicy {}

    /**
     * Only calls of these module classes are compiled, the rest stays as it was traced. As diffusers'
     * {@code ModelMixin.compile_repeated_blocks}.
     *
     * @param classes simple class names, as {@code Module.repeatedBlocks()} declares them
     * @throws IllegalArgumentException if there are none; compiling a graph without any of them is an error too
     */
    record RepeatedBlocks(List<String> classes) implements RegionPolicy {
        public RepeatedBlocks {
            classes = List.copyOf(classes);
            if (classes.isEmpty()) {
                throw new IllegalArgumentException(
                        "`repeatedBlocks` is empty: regional compilation wants the names of the model's block classes");
            }
        }
    }

    /**
     * The modules of a list, {@code name.0}, {@code name.1}, …, that are of one class share programs; modules that contain such lists stay as
     * traced around them; every other module is compiled on its own. As accelerate's {@code compile_regions}.
     */
    record ModuleLists() implements RegionPolicy {}
}
