package io.github.tintype.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.Fixtures;
import io.github.tintype.image.Pixels.Region;
import io.github.tintype.image.VaeImageProcessor.Convert;
import io.github.tintype.image.VaeImageProcessor.ResizeMode;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Every golden case of diffusers' image processor: 8-bit results byte for byte, floats to 1e-6. */
class VaeImageProcessorTest {
    private static final Map<String, HostTensor> GOLDEN = Fixtures.tensors("images/images.safetensors");

    record Case(String id, JsonNode json) {
        @Override
        public String toString() {
            return id;
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = Fixtures.json("images/images.json")
                .get("cases")
                .valueStream()
                .map(json -> new Case(json.get("id").asString(), json))
                .toList();
        assertThat(cases).hasSize(32);
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsDiffusers(Case golden) {
        HostTensor want = golden(golden.id());
        HostTensor got = run(golden);
        assertThat(got.type()).isEqualTo(want.type());
        if (want.type().dtype() != DType.F32) {
            assertThat(got.data().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(want.data().toArray(ValueLayout.JAVA_BYTE));
            return;
        }
        for (long i = 0; i < want.type().shape().elements(); i++) {
            assertThat(got.getDouble(i)).as("%s[%d]", golden, i).isCloseTo(want.getDouble(i), within(1e-6));
        }
    }

    private static HostTensor run(Case golden) {
        JsonNode call = golden.json().get("call");
        VaeImageProcessor processor = processor(golden.json().get("VaeImageProcessor"));
        HostTensor decoded = golden("post/in");
        return switch (golden.id()) {
            case "post/pt" -> processor.postprocess(decoded);
            case "post/no-denorm" -> secondOf(decoded, processor.postprocess(decoded));
            case "post/np" -> channelsLast(processor.postprocess(decoded));
            case "post/bf16" -> channelsLast(processor.postprocess(cast(decoded, DType.BF16)));
            case "post/pil" -> bytes(VaeImageProcessor.toPixels(processor.postprocess(decoded)), 4);
            case "pre/pt-0-1" -> processor.preprocess(firstColumns(golden("post/pt"), 8), 8, 8);
            case "mask/latent-size" -> VaeImageProcessor.nearest(processor.preprocess(source(golden)), 8, 8);
            case "mask/blur4" -> bytes(List.of(InpaintMask.blur(source(golden), 4)), 2);
            case "mask/blur12" -> bytes(List.of(InpaintMask.blur(source(golden), 12)), 2);
            case "mask/crop-region-pad0" -> region(InpaintMask.cropRegion(source(golden), 64, 64, 0));
            case "mask/crop-region-pad8" -> region(InpaintMask.cropRegion(source(golden), 64, 64, 8));
            case "mask/apply_overlay" ->
                bytes(
                        List.of(InpaintMask.overlay(
                                source(golden), png("src_overlay_init.png"), png("src_overlay_new.png"))),
                        3);
            case "mask/apply_overlay-crop" ->
                bytes(
                        List.of(InpaintMask.overlay(
                                source(golden),
                                png("src_overlay_init.png"),
                                png("src_overlay_new2.png"),
                                regionOf(call.get("crop_coords")),
                                Resample.LANCZOS)),
                        3);
            default -> {
                Pixels image = source(golden);
                Pixels cropped = call.has("crops_coords") ? image.crop(regionOf(call.get("crops_coords"))) : image;
                yield processor.preprocess(
                        List.of(cropped),
                        call.path("height").asInt(cropped.height()),
                        call.path("width").asInt(cropped.width()),
                        ResizeMode.valueOf(upper(call.path("resize_mode").asString("default"))));
            }
        };
    }

    private static VaeImageProcessor processor(JsonNode config) {
        Convert convert = config.path("do_convert_rgb").asBoolean(false)
                ? Convert.RGB
                : config.path("do_convert_grayscale").asBoolean(false) ? Convert.GREY : Convert.NONE;
        return new VaeImageProcessor(
                config.path("vae_scale_factor").asInt(8),
                4,
                config.path("do_resize").asBoolean(true),
                Resample.valueOf(upper(config.path("resample").asString("lanczos"))),
                config.path("do_normalize").asBoolean(true),
                config.path("do_binarize").asBoolean(false),
                convert);
    }

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

    private static HostTensor golden(String id) {
        return Objects.requireNonNull(GOLDEN.get(id), id);
    }

    private static Pixels source(Case golden) {
        return png(golden.json().get("source").asString());
    }

    private static Pixels png(String name) {
        return ImageReader.DEFAULT.read(Fixtures.bytes("images/" + name));
    }

    private static String upper(String name) {
        return name.toUpperCase(Locale.ROOT);
    }

    private static Region regionOf(JsonNode list) {
        return new Region(
                list.get(0).asInt(),
                list.get(1).asInt(),
                list.get(2).asInt(),
                list.get(3).asInt());
    }

    private static HostTensor region(Region region) {
        return HostTensor.ofLongs(new long[] {region.x1(), region.y1(), region.x2(), region.y2()}, 4);
    }

    /** Only the second image of the batch is denormalised. */
    private static HostTensor secondOf(HostTensor raw, HostTensor denormalised) {
        HostTensor out = cast(raw, DType.F32);
        long n = raw.type().shape().elements();
        for (long i = n / 2; i < n; i++) {
            out.setDouble(i, denormalised.getDouble(i));
        }
        return out;
    }

    private static HostTensor firstColumns(HostTensor image, int columns) {
        long[] size = image.type().shape().sizes();
        HostTensor out = HostTensor.allocate(TensorType.of(DType.F32, size[0], size[1], size[2], columns));
        for (long i = 0; i < out.type().shape().elements(); i++) {
            out.setDouble(i, image.getDouble(i / columns * size[3] + i % columns));
        }
        return out;
    }

    private static HostTensor cast(HostTensor tensor, DType dtype) {
        HostTensor out = HostTensor.allocate(tensor.type().with(dtype));
        for (long i = 0; i < tensor.type().shape().elements(); i++) {
            out.setDouble(i, tensor.getDouble(i));
        }
        return out;
    }

    private static HostTensor channelsLast(HostTensor image) {
        long[] size = image.type().shape().sizes();
        HostTensor out = HostTensor.allocate(TensorType.of(DType.F32, size[0], size[2], size[3], size[1]));
        long at = 0;
        for (long b = 0; b < size[0]; b++) {
            for (long i = 0; i < size[2] * size[3]; i++) {
                for (long c = 0; c < size[1]; c++) {
                    out.setDouble(at++, image.getDouble((b * size[1] + c) * size[2] * size[3] + i));
                }
            }
        }
        return out;
    }

    private static HostTensor bytes(List<Pixels> images, int rank) {
        Pixels first = images.getFirst();
        long[] shape = switch (rank) {
            case 2 -> new long[] {first.height(), first.width()};
            case 3 -> new long[] {first.height(), first.width(), first.channels()};
            default -> new long[] {images.size(), first.height(), first.width(), first.channels()};
        };
        HostTensor out = HostTensor.allocate(TensorType.of(DType.U8, shape));
        long at = 0;
        for (Pixels image : images) {
            for (byte value : image.toBytes()) {
                out.data().set(ValueLayout.JAVA_BYTE, at++, value);
            }
        }
        return out;
    }
}
