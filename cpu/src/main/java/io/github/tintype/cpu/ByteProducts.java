package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * Whether the library's products of bytes are the exact ones here. Processors without instructions for them (AVX2, AVX-512 before VNNI)
 * add two products in 16 bits, which saturates; oneDNN 3.13 gives 0 for 1280 · 127 · −128 on a Zen 3. Found out by such a product, at the first question.
 */
final class ByteProducts {
    private final Cpu cpu;
    private Optional<Boolean> exact = Optional.empty();

    ByteProducts(Cpu cpu) {
        this.cpu = cpu;
    }

    synchronized boolean areExact() {
        boolean answer = exact.orElseGet(this::multiply);
        exact = Optional.of(answer);
        return answer;
    }

    private boolean multiply() {
        return ProductProbe.multiply(
                        cpu,
                        DType.I8,
                        DType.I32,
                        elements -> elements.fill((byte) 127),
                        elements -> elements.fill((byte) -128),
                        sums -> Arrays.stream(sums.toArray(ValueLayout.JAVA_INT))
                                .allMatch(sum -> sum == ProductProbe.SIZE * 127 * -128))
                .isPresent();
    }
}
