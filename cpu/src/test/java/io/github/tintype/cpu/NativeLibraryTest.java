package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.NativeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibraryTest {
    @TempDir
    Path cache;

    @Test
    void unpacksCheckedFilesIntoAPrivateDirectoryAndMendsThem() throws IOException {
        Path folder = NativeLibrary.FILES.unpack(cache);
        assertThat(folder.getParent()).isEqualTo(cache);
        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        Path openmp = folder.resolve(NativeLibrary.OPENMP.name());
        Files.writeString(openmp, "damaged");
        assertThat(NativeLibrary.FILES.unpack(cache)).isEqualTo(folder);
        assertThat(NativeFiles.digest(openmp)).isEqualTo(NativeLibrary.OPENMP.sha256());
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void goesElsewhereWhenOthersCanEnterTheDirectory() throws IOException {
        Path open = Files.createDirectory(cache.resolve(NativeLibrary.DNNL.sha256()));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path folder = NativeLibrary.FILES.unpack(cache);
        assertThat(folder).isNotEqualTo(open);
        assertThat(NativeFiles.digest(folder.resolve(NativeLibrary.DNNL.name())))
                .isEqualTo(NativeLibrary.DNNL.sha256());
    }
}
