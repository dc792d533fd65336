package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConvolutionTest {
    private Cpu cpu;

    @BeforeAll
    void open() {
        cpu = Cpu.open(3);
    }

    @AfterAll
    void close() {
        cpu.close();
    }

    /* The last two cases are cut by output channels. */
    @ParameterizedTest
    @CsvSource({
        "1,4,9,7,5,3,3,1,1,1,1,1,1",
        "2,8,31,17,6,3,3,1,1,1,1,1,1",
        "1,6,32,33,7,3,3,2,0,1,0,1,1",
        "2,5,20,21,8,1,1,1,0,0,0,1,1",
        "1,8,40,11,12,3,1,1,2,2,0,2,2",
        "1,8,23,11,8,5,5,2,2,2,2,1,8",
        "2,16,8,8,200,3,3,1,1,1,1,1,1",
        "1,3,9,9,256,3,3,2,1,1,1,1,1"
    })
    void equalsTheSumOverTheWindow(
            int n,
            int c,
            int h,
            int w,
            int o,
            int kh,
            int kw,
            int stride,
            int top,
            int bottom,
            int side,
            int dilation,
            int groups) {
        Convolution.Spec spec = new Convolution.Spec(
                DType.F32, n, c, h, w, o, kh, kw, stride, top, side, bottom, side, dilation, groups, true, List.of());
        int oh = (int) spec.outH();
        int ow = (int) spec.outW();
        int cg = c / groups;
        Convolution kernel = new Convolution(cpu, spec);
        try (Floats x = Floats.random(n * h * w * c, 1);
                Floats weights = Floats.random(o * cg * kh * kw, 2);
                Floats bias = Floats.random(o, 3);
                Floats y = Floats.poisoned(n * oh * ow * o);
                Floats packed = Floats.poisoned((int) kernel.packedBytes() / 4)) {
            kernel.pack(weights.address(), DType.F32, packed.address());
            assertThat(kernel.run(x.address(), packed.address(), bias.address(), y.address(), () -> false))
                    .isTrue();
            y.isCloseTo(
                    index -> {
                        int channel = index % o;
                        int column = index / o % ow;
                        int row = index / o / ow % oh;
                        int image = index / o / ow / oh;
                        double sum = bias.get(channel);
                        for (int i = 0; i < kh; i++) {
                            for (int j = 0; j < kw; j++) {
                                int sourceRow = row * stride - top + i * dilation;
                                int sourceColumn = column * stride - side + j * dilation;
                                if (sourceRow < 0 || sourceRow >= h || sourceColumn < 0 || sourceColumn >= w) {
                                    continue;
                                }
                                for (int k = 0; k < cg; k++) {
                                    int source = channel / (o / groups) * cg + k;
                                    sum += (double) x.get(((image * h + sourceRow) * w + sourceColumn) * c + source)
                                            * weights.get(((channel * cg + k) * kh + i) * kw + j);
                                }
                            }
                        }
                        return sum;
                    },
                    1e-5);
        }
    }
}
