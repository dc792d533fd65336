package io.github.tintype.app;

import java.nio.file.Path;
import java.util.List;

/** Looks at models and devices for {@code info} and {@code doctor}. */
interface Inspector {
    /** What is in a diffusers folder, one line each. */
    List<String> model(Path folder);

    /** What the CPU device found on this machine, one line each. */
    List<String> cpu();
}
