package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.models.attention.BasicTransformerBlock;
import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.models.vae.blocks.UNetMidBlock2D;
import io.github.tintype.nn.Activation;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A block or model of true width with drawn weights and inputs, and what PyTorch computed from them. The golden files are resources;
 * PyTorch computed in f64, but for {@code unet-sdxl}.
 *
 * @param className diffusers' name of what is computed
 * @param rms root mean square of the output
 */
record TrueWidthCase(
        String id,
        String className,
        ConfigNode config,
        List<DrawnTensor> inputs,
        List<DrawnTensor> parameters,
        double rms,
        double tolerance) {
    /** Small enough for each build. */
    static final List<String> BLOCKS = List.of(
            "resnet-320",
            "resnet-960-640",
            "resnet-1280",
            "transformer-320-8heads",
            "transformer-640",
            "transformer-1280",
            "vae-resnet-256-128",
            "vae-resnet-512",
            "vae-mid-512");
    /** Gigabytes of weights, or seconds of computing. */
    static final List<String> MODELS = List.of("vae-decode", "unet-sd15", "unet-sdxl");

    private static final int TIMESTEP = 601;
    private static final float[] TIME_IDS = {320, 256, 0, 0, 320, 256};

    TrueWidthCase {
        inputs = List.copyOf(inputs);
        parameters = List.copyOf(parameters);
    }

    static byte[] resource(String file) {
        try (InputStream in = TrueWidthCase.class.getResourceAsStream("/true-width/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "true width: got %s, wanted one of %s or %s".formatted(file, BLOCKS, MODELS));
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TrueWidthCase read(String id) {
        JsonNode json = new JsonMapper().readTree(resource(id + ".json"));
        boolean f64 = json.get("computed_in").asString().equals("float64");
        return new TrueWidthCase(
                id,
                json.get("class").asString(),
                Json.parse(json.get("config").toString(), id),
                json.get("inputs").valueStream().map(DrawnTensor::parse).toList(),
                json.get("parameters").valueStream().map(DrawnTensor::parse).toList(),
                json.get("rms").asDouble(),
                f64 ? 1e-5 : 2e-5);
    }

    /** The parameters' types by name. */
    Map<String, TensorType> types() {
        Map<String, TensorType> types = new LinkedHashMap<>();
        parameters.forEach(parameter -> types.put(parameter.name(), parameter.type()));
        return types;
    }

    /** The drawn inputs, and those that the golden files fix. */
    List<HostTensor> arguments() {
        List<HostTensor> drawn =
                new ArrayList<>(inputs.stream().map(DrawnTensor::draw).toList());
        if (className.equals("UNet2DConditionModel")) {
            drawn.add(1, HostTensor.ofFloats(new float[] {TIMESTEP}, 1));
        }
        if (drawn.size() == 4) {
            drawn.add(HostTensor.ofFloats(TIME_IDS, 1, TIME_IDS.length));
        }
        return drawn;
    }

    /** From {@link #arguments} to the output. */
    UnaryOperator<List<Tensor>> forward(Weights w) {
        return switch (className) {
            case "ResnetBlock2D" -> {
                ResnetBlock2D block = ResnetBlock2D.load(
                        w,
                        config.getPositiveInt("in_channels"),
                        config.getPositiveInt("out_channels"),
                        resnet(config.getPositiveInt("groups"), config.getDouble("eps", 1e-5)));
                yield in ->
                        List.of(block.call(in.getFirst(), in.size() == 1 ? Optional.empty() : Optional.of(in.get(1))));
            }
            case "BasicTransformerBlock" -> {
                BasicTransformerBlock block = BasicTransformerBlock.load(
                        w,
                        config.getPositiveInt("dim"),
                        new Transformer2DModel.Options(
                                config.getPositiveInt("num_attention_heads"),
                                config.getPositiveInt("cross_attention_dim"),
                                32,
                                false,
                                false,
                                false));
                yield in -> List.of(block.call(in.get(0), in.get(1)));
            }
            case "UNetMidBlock2D" -> {
                UNetMidBlock2D block = UNetMidBlock2D.load(
                        w,
                        config.getPositiveInt("in_channels"),
                        true,
                        resnet(config.getPositiveInt("resnet_groups"), config.getDouble("resnet_eps", 1e-6)));
                yield in -> List.of(block.call(in.getFirst()));
            }
            case "AutoencoderKL" -> {
                AutoencoderKL vae = AutoencoderKL.load(w, AutoencoderKLConfig.parse(config));
                yield in -> List.of(vae.decode(in.getFirst()));
            }
            case "UNet2DConditionModel" -> {
                UNet2DConditionModel unet = UNet2DConditionModel.load(w, UNet2DConditionConfig.parse(config));
                yield in -> BenchmarkModel.call(unet, in);
            }
            default -> throw new IllegalStateException("true width: got class " + className);
        };
    }

    private ResnetBlock2D.Options resnet(int groups, double eps) {
        return new ResnetBlock2D.Options(config.optionalPositiveInt("temb_channels"), groups, eps, Activation.SILU, 1);
    }

    /**
     * rms of {@code output} − golden, divided by that of golden.
     *
     * @param golden the tensors of the file beside the case's
     */
    double error(HostTensor output, Map<String, HostTensor> golden) {
        HostTensor wanted = golden.getOrDefault("output", golden.get("output_at_index"));
        if (wanted == null) {
            throw new IllegalStateException("true width: %s has no output".formatted(id));
        }
        Optional<HostTensor> index = Optional.ofNullable(golden.get("index"));
        double squares = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            long at = i;
            long place = index.map(places -> places.getLong(at)).orElse(i);
            double difference = output.getDouble(place) - wanted.getDouble(i);
            squares += difference * difference;
        }
        return Math.sqrt(squares / wanted.elements()) / rms;
    }
}
