package io.github.tintype.golden;

import io.github.tintype.image.ImageReader;
import io.github.tintype.image.InpaintMask;
import io.github.tintype.image.Pixels;
import io.github.tintype.image.Pixels.Region;
import io.github.tintype.image.Resample;
import io.github.tintype.image.VaeImageProcessor;
import io.github.tintype.image.VaeImageProcessor.Convert;
import io.github.tintype.image.VaeImageProcessor.ResizeMode;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Pictures to the model and back: 8-bit results exactly, floats within the case's tolerance. */
final class ImagesCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        for (JsonNode json : folder.json(golden.file(".json")).get("cases")) {
            String id = json.get("id").asString();
            CaseChecker.part(soft, id, () -> {
                HostTensor want = Models.want(tensors, id);
                HostTensor got = new Run(folder, tensors, json).run();
                soft.assertThat(got.type()).as(id).isEqualTo(want.type());
                Tolerance tolerance = want.dtype() == DType.F32 ? golden.tolerance() : Tolerance.EXACT;
                tolerance.check(soft, id, got, want);
            });
        }
    }

    /** One case of the list. */
    private record Run(GoldenFolder folder, Map<String, HostTensor> tensors, JsonNode json) {
        HostTensor run() {
            JsonNode call = json.get("call");
            VaeImageProcessor processor = processor(json.get("VaeImageProcessor"));
            HostTensor decoded = golden("post/in");
            return switch (json.get("id").asString()) {
                case "post/pt" -> processor.postprocess(decoded);
                case "post/no-denorm" -> secondOf(decoded, processor.postprocess(decoded));
                case "post/np" -> channelsLast(processor.postprocess(decoded));
                case "post/bf16" -> channelsLast(processor.postprocess(cast(decoded, DType.BF16)));
                case "post/pil" -> bytes(VaeImageProcessor.toPixels(processor.postprocess(decoded)), 4);
                case "pre/pt-0-1" -> processor.preprocess(firstColumns(golden("post/pt"), 8), 8, 8);
                case "mask/latent-size" -> VaeImageProcessor.nearest(processor.preprocess(source()), 8, 8);
                case "mask/blur4" -> bytes(List.of(InpaintMask.blur(source(), 4)), 2);
                case "mask/blur12" -> bytes(List.of(InpaintMask.blur(source(), 12)), 2);
                case "mask/crop-region-pad0" -> region(InpaintMask.cropRegion(source(), 64, 64, 0));
                case "mask/crop-region-pad8" -> region(InpaintMask.cropRegion(source(), 64, 64, 8));
                case "mask/apply_overlay" ->
                    bytes(
                            List.of(InpaintMask.overlay(
                                    source(), png("src_overlay_init.png"), png("src_overlay_new.png"))),
                            3);
                case "mask/apply_overlay-crop" ->
                    bytes(
                            List.of(InpaintMask.overlay(
                                    source(),
                                    png("src_overlay_init.png"),
                                    png("src_overlay_new2.png"),
                                    regionOf(call.get("crop_coords")),
                                    Resample.LANCZOS)),
                            3);
                default -> {
                    Pixels image = source();
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

        private HostTensor golden(String id) {
            return Models.want(tensors, id);
        }

        private Pixels source() {
            return png(json.get("source").asString());
        }

        private Pixels png(String name) {
            return ImageReader.DEFAULT.read(folder.bytes("images/" + name));
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
}
