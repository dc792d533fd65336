package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What doctor reads of the machine. */
class MachineTest {
    @Test
    void memoryIsThatOfTheMachineOrOfTheContainer() {
        assertThat(MachineMemory.total("MemTotal:       24000000 kB\nMemFree: 1 kB\n"))
                .isEqualTo(OptionalLong.of(24_000_000L << 10));
        assertThat(MachineMemory.total("")).isEmpty();
        assertThat(MachineMemory.available("MemTotal: 3 kB\nMemFree: 1 kB\nMemAvailable:   2 kB\n"))
                .isEqualTo(OptionalLong.of(2048));
        assertThat(MachineMemory.available()).isBetween(1L, MachineMemory.bytes());
        assertThat(MachineMemory.limit("1073741824\n")).isEqualTo(OptionalLong.of(1L << 30));
        assertThat(MachineMemory.limit("max\n")).isEmpty();
        assertThat(MachineMemory.bytes()).isGreaterThan(Runtime.getRuntime().maxMemory());
    }

    @Test
    void processorIsNamedWithWhatMatters() {
        assertThat(Processor.describe(
                        "processor: 0\nmodel name\t: Some CPU\nflags\t\t: fpu fma avx2 fma\n\nprocessor: 1\n"))
                .isEqualTo("Some CPU: avx2 fma");
        assertThat(Processor.describe("")).startsWith("?: none of [sse4_1");
    }

    @Test
    void librariesAreTheOnesInTheProcess() {
        assertThat(NativeLibraries.loaded(Stream.of(
                        "7f00-7f01 r--p 0000 00:01 2  /home/u/.cache/libdnnl.so.3",
                        "7f02-7f03 r-xp 0000 00:01 2  /home/u/.cache/libdnnl.so.3",
                        "7f04-7f05 r--p 0000 00:01 3  /tmp/t/libtokenizers.so (deleted)",
                        "7f06-7f07 r--p 0000 00:01 3  /usr/lib/libc.so.6",
                        "7f08-7f09 rw-p 0000 00:00 0")))
                .containsExactly("/home/u/.cache/libdnnl.so.3", "/tmp/t/libtokenizers.so (deleted)");
    }

    @Test
    void doctorSaysWhatItFound(@TempDir Path folder) {
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run("doctor")).as("no model there").isEqualTo(3);

        assertThat(cli.out()).contains("java     " + Runtime.version(), "memory   ", "cpu      fake", "MISSING: DIR");
    }
}
