package io.github.tintype.app;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Looks at models and devices for {@code info} and {@code doctor}. */
interface Inspector {
    /** What is in a diffusers folder, one line each. */
    List<String> model(Path folder);

    /** The memory that a picture of this size needs, a line for each component and one for all. */
    List<String> memory(Path folder, OptionalInt width, OptionalInt height, int batch);

    /** The processor and the native libraries, one line each; a line that begins with FAILED says what doesn't work. */
    List<String> cpu(Path model);
}
