package io.github.tintype.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** What the golden suite doesn't show: refusals, and latents that pass. */
class VaeImageProcessorTest {
    @Test
    void refusesNaNAndSizesThatLeaveNothing() {
        HostTensor nan = HostTensor.ofFloats(new float[] {0, 1, Float.NaN}, 1, 3, 1, 1);
        assertThatThrownBy(() -> VaeImageProcessor.toPixels(nan))
                .isInstanceOf(DeviceException.class)
                .hasMessage("image: got NaN in image 0, channel 2, pixel 0, wanted numbers");
        assertThatThrownBy(() -> VaeImageProcessor.forImages(8).preprocess(Pixels.of(7, 9, 1, new byte[63])))
                .isInstanceOf(ShapeException.class);
    }

    @Test
    void passesLatentsThrough() {
        HostTensor latents = HostTensor.allocate(TensorType.of(DType.F32, 1, 4, 8, 8));
        assertThat(VaeImageProcessor.forImages(8).preprocess(latents, 64, 64)).isSameAs(latents);
    }
}
