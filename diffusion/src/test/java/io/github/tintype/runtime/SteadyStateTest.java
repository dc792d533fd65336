package io.github.tintype.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.tintype.device.NativeMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a run costs after the first ones: nothing that stays, and no Java object. */
class SteadyStateTest {
    private static final int WARM_UP = 50;
    private static final int RUNS = 20;
    private static final int MOST_ROUNDS = 300;
    /* What glibc's malloc takes for one byte: a run that keeps anything keeps at least this. */
    private static final long SMALLEST_BLOCK = 32;

    /* More than the plan needs, filled with what no kernel writes. */
    private static final int GUARD = 1 << 16;
    private static final byte CANARY = (byte) 0xa5;

    /*
     * A worker makes the library's objects for a kernel when it first gets a slice of it, which takes long where other programs keep its
     * processor. But what a run makes it makes in each round, so one quiet round is enough.
     */
    @ParameterizedTest
    @EnumSource(SlabUse.class)
    void aRunMakesNoJavaObjects(SlabUse slabUse) {
        try (EmbeddedUnet unet = new EmbeddedUnet(2, slabUse)) {
            long[] threads = threads();
            unet.run(WARM_UP);
            List<Long> perRun = new ArrayList<>();
            while (!perRun.contains(0L) && perRun.size() < MOST_ROUNDS) {
                long before = allocated(threads);
                long between = allocated(threads);
                unet.run(RUNS);
                long after = allocated(threads);
                perRun.add((after - between - (between - before)) / RUNS); // asking makes objects too
            }
            assertThat(perRun).as("bytes per run in each round").contains(0L);
        }
    }

    /*
     * In a JVM whose compiler takes and gives back little, and with one thread, which has made all of the library's objects after one run.
     * Here too one quiet round is enough.
     */
    @Test
    void aHundredRunsTakeNoMemoryFromTheSystem() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MallocGrowth.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Long> growths;
        try (BufferedReader lines = child.inputReader()) {
            growths = lines.lines().map(Long::valueOf).toList();
        }
        assertThat(child.waitFor()).isZero();
        assertThat(growths).hasSize(MallocGrowth.ROUNDS);
        assertThat(growths)
                .as("bytes per round")
                .anySatisfy(growth -> assertThat(Math.abs(growth)).isLessThan(SMALLEST_BLOCK * MallocGrowth.RUNS));
    }

    @Test
    void aRunStaysInTheSlabOfItsPlanAndReadsOnlyWhatItWrote() {
        try (EmbeddedUnet unet = new EmbeddedUnet(2, SlabUse.SHARED)) {
            long planned = unet.binding().plan().slabBytes();
            try (NativeMemory.Block block = unet.engine().memory().allocate(planned + GUARD, "slab and guard")) {
                Executable executable = new Executable(unet.binding(), block);
                block.segment().fill((byte) 0);
                unet.run(executable);
                float[] onZeros = unet.result();
                block.segment().fill(CANARY);
                unet.run(executable);
                assertThat(unet.result()).containsExactly(onZeros);
                assertThat(highWater(block.segment())).isEqualTo(planned);
            }
        }
    }

    /* Up to the last byte that has been written; the plan counts whole cache lines. */
    private static long highWater(MemorySegment slab) {
        long end = slab.byteSize();
        while (end > 0 && slab.get(ValueLayout.JAVA_BYTE, end - 1) == CANARY) {
            end--;
        }
        return Math.ceilDiv(end, 64) * 64;
    }

    /* This thread and those of the device. */
    private static long[] threads() {
        return LongStream.concat(
                        LongStream.of(Thread.currentThread().threadId()),
                        Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith("tintype-cpu-"))
                                .mapToLong(Thread::threadId))
                .toArray();
    }

    /* Java heap that they have allocated so far. */
    private static long allocated(long[] threads) {
        ThreadMXBean all = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : all.getThreadAllocatedBytes(threads)) {
            sum += bytes;
        }
        return sum;
    }
}
