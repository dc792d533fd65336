package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.RandomWeights;
import io.github.tintype.benchmark.TrueSize;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a checkpoint of true size in diffusers' layout: the published configurations and key names, random weights in f16, and a
 * tokenizer whose special tokens have their true ids. Files are written as a stream: memory stays below that of a few weights.
 */
public final class TrueSizeFolder {
    private static final long LARGEST_SHARD = 10_000_000_000L;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(tools.jackson.databind.SerializationFeature.INDENT_OUTPUT)
            .build();
    private static final String POSITION_IDS = "text_model.embeddings.position_ids";

    private final TrueSize size;
    private final Path folder;
    private final long largestShard;

    TrueSizeFolder(TrueSize size, Path folder, long largestShard) {
        this.size = size;
        this.folder = folder;
        this.largestShard = largestShard;
    }

    /** {@code --model sd15|sdxl --out FOLDER}; see {@code bench/README.md}. */
    public static void main(String[] args) throws IOException {
        try {
            Options options = new Options(args);
            TrueSize size = size(options.required("--model"));
            Path folder = Path.of(options.required("--out"));
            options.requireAllRead();
            new TrueSizeFolder(size, folder, LARGEST_SHARD).write();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    /* The small one comes along as it is. */
    private static TrueSize size(String label) {
        return Stream.of(TrueSize.SD15, TrueSize.SDXL)
                .filter(size -> size.label().equals(label))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("--model: got %s, wanted sd15 or sdxl".formatted(label)));
    }

    /** @throws java.nio.file.FileAlreadyExistsException if the folder exists */
    void write() throws IOException {
        Files.createDirectory(folder);
        copy("model_index.json");
        copy("scheduler/scheduler_config.json");
        component("unet", "diffusion_pytorch_model");
        component("vae", "diffusion_pytorch_model");
        component("text_encoder", "model");
        tokenizer("tokenizer");
        if (size == TrueSize.SDXL) {
            component("text_encoder_2", "model");
            tokenizer("tokenizer_2");
        }
    }

    private void copy(String file) throws IOException {
        write(file, size.text(file));
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    void tokenizer(String name) throws IOException {
        copy(name + "/tokenizer_config.json");
        copy(name + "/special_tokens_map.json");
        ClipVocabulary vocabulary = new ClipVocabulary();
        ObjectNode ids = MAPPER.createObjectNode();
        vocabulary.tokens().forEach(token -> ids.put(token, ids.size()));
        write(name + "/vocab.json", ids.toString());
        write(name + "/merges.txt", vocabulary.mergesText());
    }

    void component(String name, String file) throws IOException {
        copy(name + "/config.json");
        Map<String, TensorType> types = types(name);
        List<Map<String, TensorType>> shards = shards(types);
        if (shards.size() == 1) {
            shard(folder.resolve(name).resolve(file + ".safetensors"), types);
            return;
        }
        ObjectNode index = MAPPER.createObjectNode();
        index.putObject("metadata")
                .put(
                        "total_size",
                        types.values().stream().mapToLong(TensorType::bytes).sum());
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String shard = "%s-%05d-of-%05d.safetensors".formatted(file, i + 1, shards.size());
            shard(folder.resolve(name).resolve(shard), shards.get(i));
            shards.get(i).keySet().forEach(key -> map.put(key, shard));
        }
        write(name + "/" + file + ".safetensors.index.json", MAPPER.writeValueAsString(index));
    }

    /** What the published checkpoint holds, in its own spelling. */
    Map<String, TensorType> types(String component) {
        Weights.Recorder recorder = new Weights.Recorder(DType.F16);
        BenchmarkModel.of(size, component).forward(recorder);
        Map<String, TensorType> types = new LinkedHashMap<>();
        recorder.parameters().forEach((name, type) -> types.put(published(component, name), type));
        if (size == TrueSize.SD15 && component.equals("text_encoder")) {
            types.put(POSITION_IDS, TensorType.of(DType.I64, 1, 77));
        }
        return types;
    }

    private String published(String component, String name) {
        if (component.startsWith("text_encoder")) {
            return name.startsWith("text_") ? name : "text_model." + name;
        }
        if (size == TrueSize.SD15 && component.equals("vae")) {
            return name.replace("attentions.0.to_q", "attentions.0.query")
                    .replace("attentions.0.to_k", "attentions.0.key")
                    .replace("attentions.0.to_v", "attentions.0.value")
                    .replace("attentions.0.to_out.0", "attentions.0.proj_attn");
        }
        return name;
    }

    private List<Map<String, TensorType>> shards(Map<String, TensorType> types) {
        List<Map<String, TensorType>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
        long bytes = 0;
        for (Map.Entry<String, TensorType> entry : types.entrySet()) {
            bytes += entry.getValue().bytes();
            if (bytes > largestShard) {
                shards.add(new LinkedHashMap<>());
                bytes = entry.getValue().bytes();
            }
            shards.getLast().put(entry.getKey(), entry.getValue());
        }
        return shards;
    }

    private static void shard(Path file, Map<String, TensorType> types) {
        RandomWeights weights = new RandomWeights(DType.F16);
        SafetensorsWriter.stream(file, types, Map.of("format", "pt"), (name, into) -> fill(weights, name, into));
    }

    private static void fill(RandomWeights weights, String name, HostTensor into) {
        if (name.equals(POSITION_IDS)) {
            for (int i = 0; i < into.elements(); i++) {
                into.setDouble(i, i);
            }
            return;
        }
        int dot = name.lastIndexOf('.');
        DenseWeight weight = (DenseWeight) weights.at(name.substring(0, dot))
                .get(name.substring(dot + 1), into.shape().sizes());
        into.data().copyFrom(weight.source().data());
    }
}
