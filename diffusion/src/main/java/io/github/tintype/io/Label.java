package io.github.tintype.io;

import java.nio.file.Path;

/** How messages call a file: its name and its folder's, as in {@code unet/config.json}. */
final class Label {
    private Label() {}

    static String of(Path path) {
        int names = path.getNameCount();
        return names < 2
                ? path.toString()
                : path.subpath(names - 2, names).toString().replace('\\', '/');
    }
}
