package io.github.tintype.runtime;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.PrintStream;

/** Prints, round by round, by how many bytes the process has grown over a hundred runs. A program, so that its JVM can be told how to run. */
final class MallocGrowth {
    static final int RUNS = 100;
    static final int ROUNDS = 5;

    private MallocGrowth() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, US_ASCII);
        try (EmbeddedUnet unet = new EmbeddedUnet(1, SlabUse.SHARED)) {
            unet.run(RUNS);
            for (int round = 0; round < ROUNDS; round++) {
                long before = Malloc.bytesInUse();
                unet.run(RUNS);
                out.println(Malloc.bytesInUse() - before);
            }
        }
    }
}
