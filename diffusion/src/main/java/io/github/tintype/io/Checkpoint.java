package io.github.tintype.io;

import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The weights of one component: a {@link SafetensorsFile}, or an index and the shards that it names.
 *
 * <p>In a component's folder diffusers looks for an index first, then for a single file, and so does this class; the names are those
 * of diffusers and of transformers ({@code diffusion_pytorch_model}, {@code model}), with the variant in either of its two spellings. An
 * index and its shards must agree exactly: every tensor in the shard that the index says, and nowhere else. The {@code total_size}
 * of an index is not checked, because diffusers doesn't either and files with a wrong one exist. Pickles are refused.
 *
 * <p>Source: diffusers models/model_loading_utils.py, transformers modeling_utils.py.
 */
public final class Checkpoint implements AutoCloseable {
    private static final int LARGEST_INDEX = 1 << 26;

    private final String where;
    private final Optional<String> variant;
    private final QuantizedLayers quantizedLayers;
    private final List<SafetensorsFile> files;
    private final Map<String, SafetensorsFile> byName;

    private Checkpoint(
            String where, Optional<String> variant, QuantizedLayers quantizedLayers, List<SafetensorsFile> files) {
        this.where = where;
        this.variant = variant;
        this.quantizedLayers = quantizedLayers;
        this.files = List.copyOf(files);
        this.byName = new LinkedHashMap<>();
        for (SafetensorsFile file : files) {
            for (String name : file.names()) {
                SafetensorsFile other = byName.put(name, file);
                if (other != null) {
                    throw new ModelFormatException("%s: tensor %s is in two shards, %s and %s"
                            .formatted(
                                    where,
                                    Quoted.of(name),
                                    other.path().getFileName(),
                                    file.path().getFileName()));
                }
            }
        }
    }

    /**
     * Opens the weights in {@code folder}, e.g. {@code unet/}. If it has no files of {@code variant}, its plain files are taken, as
     * diffusers does; {@link #variant()} says what was found.
     *
     * @throws ModelFormatException if there are no weights, only pickles, or files that don't agree
     * @throws UncheckedIOException if a file can't be read
     */
    public static Checkpoint open(Path folder, Optional<String> variant) {
        WeightFiles found = WeightFiles.find(folder, variant);
        QuantizedLayers layers = QuantizedLayers.read(folder);
        return found.isIndex() ? sharded(folder, found, layers) : single(found, layers);
    }

    /** Opens one safetensors file. */
    public static Checkpoint ofFile(Path file) {
        return single(new WeightFiles(file, false, Optional.empty()), QuantizedLayers.NONE);
    }

    private static Checkpoint single(WeightFiles found, QuantizedLayers layers) {
        List<SafetensorsFile> opened = new ArrayList<>();
        return orClose(opened, () -> {
            opened.add(SafetensorsFile.open(found.file()));
            return new Checkpoint(Label.of(found.file()), found.variant(), layers, opened);
        });
    }

    private static Checkpoint sharded(Path folder, WeightFiles found, QuantizedLayers layers) {
        String where = Label.of(found.file());
        ConfigNode index = Json.read(found.file(), LARGEST_INDEX);
        ConfigNode map = index.child("weight_map");
        Map<String, String> shardOf = new LinkedHashMap<>();
        for (String name : map.keys()) {
            shardOf.put(name, map.getString(name));
        }
        Map<String, Path> shards = new LinkedHashMap<>();
        for (String shard : new TreeSet<>(shardOf.values())) {
            Path file = SafeName.resolve(folder, shard, where);
            if (!shard.endsWith(".safetensors")) {
                throw new ModelFormatException("%s: expected shards called *.safetensors, found %s%s"
                        .formatted(
                                where, Quoted.of(shard), Sniff.isPickleName(shard) ? "; " + Sniff.PICKLE_ADVICE : ""));
            }
            shards.put(shard, file);
        }
        List<SafetensorsFile> opened = new ArrayList<>();
        return orClose(opened, () -> {
            for (Map.Entry<String, Path> shard : shards.entrySet()) {
                opened.add(SafetensorsFile.open(shard.getValue()));
            }
            Checkpoint checkpoint = new Checkpoint(where, found.variant(), layers, opened);
            checkpoint.checkAgainst(shardOf);
            return checkpoint;
        });
    }

    private void checkAgainst(Map<String, String> shardOf) {
        Set<String> missing = new TreeSet<>(shardOf.keySet());
        missing.removeAll(byName.keySet());
        if (!missing.isEmpty()) {
            throw new ModelFormatException(
                    "%s: weight_map names tensors that no shard has: %s".formatted(where, Quoted.list(missing)));
        }
        Set<String> extra = new TreeSet<>(byName.keySet());
        extra.removeAll(shardOf.keySet());
        if (!extra.isEmpty()) {
            throw new ModelFormatException("%s: the shards have tensors that weight_map doesn't name: %s"
                    .formatted(where, Quoted.list(extra)));
        }
        byName.forEach((name, file) -> {
            String actual = String.valueOf(file.path().getFileName());
            if (!actual.equals(shardOf.get(name))) {
                throw new ModelFormatException("%s: weight_map says that tensor %s is in %s, it is in %s"
                        .formatted(where, Quoted.of(name), shardOf.get(name), actual));
            }
        });
    }

    private interface Opening {
        Checkpoint open();
    }

    private static Checkpoint orClose(List<SafetensorsFile> opened, Opening opening) {
        boolean done = false;
        try {
            Checkpoint checkpoint = opening.open();
            done = true;
            return checkpoint;
        } finally {
            if (!done) {
                opened.forEach(SafetensorsFile::close);
            }
        }
    }

    /** What messages call these weights: the file, or the index. */
    public String where() {
        return where;
    }

    /** The variant of the files that were found; empty for plain ones. */
    public Optional<String> variant() {
        return variant;
    }

    /** Which layers are stored quantised; none where a file was opened without its folder. */
    public QuantizedLayers quantizedLayers() {
        return quantizedLayers;
    }

    /** The names of all tensors. */
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    /** As {@link SafetensorsFile#type}. */
    public TensorType type(String name) {
        return file(name).type(name);
    }

    /** As {@link SafetensorsFile#tensor}. */
    public HostTensor tensor(String name) {
        return file(name).tensor(name);
    }

    /** What messages call the first tensor with a NaN or infinite value. Reads all of them: for finding out why a model gives such values. */
    public Optional<String> firstNotFinite() {
        return names().stream()
                .filter(name -> !tensor(name).isFinite())
                .findFirst()
                .map(name -> "%s of %s".formatted(Quoted.of(name), where));
    }

    private SafetensorsFile file(String name) {
        return Optional.ofNullable(byName.get(name))
                .orElseThrow(() -> new ModelFormatException("%s: no tensor %s".formatted(where, Quoted.of(name))));
    }

    /** As {@link SafetensorsFile#verifyUnchanged()}, for every file. */
    public void verifyUnchanged() {
        files.forEach(SafetensorsFile::verifyUnchanged);
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
