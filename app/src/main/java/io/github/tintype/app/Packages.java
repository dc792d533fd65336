package io.github.tintype.app;

import io.github.tintype.code.cache.CompiledPackage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The packages that a command uses, open as long as this is. */
record Packages(List<CompiledPackage> opened) implements AutoCloseable {
    /** @throws io.github.tintype.code.cache.CacheFormatException if the file is no package, or damaged */
    static Packages open(Optional<Path> file) {
        return new Packages(file.map(CompiledPackage::open).stream().toList());
    }

    @Override
    public void close() {
        opened.forEach(CompiledPackage::close);
    }
}
