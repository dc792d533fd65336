package io.github.tintype.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which file of a component's folder holds, or indexes, its weights. */
record WeightFiles(Path file, boolean isIndex, Optional<String> variant) {
    private static final List<String> STEMS = List.of("diffusion_pytorch_model", "model");
    private static final Pattern VARIANT = Pattern.compile("[A-Za-z0-9_-]+");
    private static final Pattern VARIANT_FILE = Pattern.compile(
            "(?:diffusion_pytorch_)?model(?:\\.(?<single>[A-Za-z0-9_-]+?)(?:-\\d{5}-of-\\d{5})?\\.safetensors"
                    + "|\\.safetensors\\.index\\.(?<index>[A-Za-z0-9_-]+)\\.json"
                    + "|\\.safetensors\\.(?<legacy>[A-Za-z0-9_-]+)\\.index\\.json)");

    /** As {@link Checkpoint#open}. */
    static WeightFiles find(Path folder, Optional<String> variant) {
        if (!Files.isDirectory(folder)) {
            throw new ModelFormatException("%s: expected a folder, found %s"
                    .formatted(Label.of(folder), Files.exists(folder) ? "a file" : "nothing"));
        }
        return variant.flatMap(name -> ofVariant(folder, name))
                .or(() -> plain(folder))
                .orElseThrow(() -> nothing(folder));
    }

    /** Whether {@code folder} has weights of {@code variant}. */
    static boolean hasVariant(Path folder, String variant) {
        return ofVariant(folder, variant).isPresent();
    }

    private static Optional<WeightFiles> ofVariant(Path folder, String variant) {
        if (!VARIANT.matcher(variant).matches()) {
            throw new ModelFormatException(
                    "variant: expected letters and digits, as in fp16, found %s".formatted(Quoted.of(variant)));
        }
        return STEMS.stream()
                .flatMap(stem -> Stream.of(
                        new WeightFiles(
                                folder.resolve("%s.safetensors.index.%s.json".formatted(stem, variant)),
                                true,
                                Optional.of(variant)),
                        new WeightFiles(
                                folder.resolve("%s.safetensors.%s.index.json".formatted(stem, variant)),
                                true,
                                Optional.of(variant)),
                        new WeightFiles(
                                folder.resolve("%s.%s.safetensors".formatted(stem, variant)),
                                false,
                                Optional.of(variant))))
                .filter(WeightFiles::exists)
                .findFirst();
    }

    private static Optional<WeightFiles> plain(Path folder) {
        return STEMS.stream()
                .flatMap(stem -> Stream.of(
                        new WeightFiles(folder.resolve(stem + ".safetensors.index.json"), true, Optional.empty()),
                        new WeightFiles(folder.resolve(stem + ".safetensors"), false, Optional.empty())))
                .filter(WeightFiles::exists)
                .findFirst();
    }

    private boolean exists() {
        return Files.exists(file);
    }

    private static ModelFormatException nothing(Path folder) {
        TreeSet<String> variants = new TreeSet<>();
        TreeSet<String> pickles = new TreeSet<>();
        for (String name : names(folder)) {
            Matcher matcher = VARIANT_FILE.matcher(name);
            if (matcher.matches()) {
                Stream.of("single", "index", "legacy")
                        .map(matcher::group)
                        .filter(Objects::nonNull)
                        .forEach(variants::add);
            } else if (Sniff.isPickleName(name)) {
                pickles.add(name);
            }
        }
        String where = Label.of(folder);
        if (!variants.isEmpty()) {
            return new ModelFormatException("%s: no plain weights, only those of the variant %s: ask for it by name"
                    .formatted(where, Quoted.list(variants)));
        }
        if (!pickles.isEmpty()) {
            return new ModelFormatException("%s: expected safetensors files, found only %s; %s"
                    .formatted(where, Quoted.list(pickles), Sniff.PICKLE_ADVICE));
        }
        return new ModelFormatException("%s: no weights: expected %s.safetensors, %s.safetensors or an index of shards"
                .formatted(where, STEMS.get(0), STEMS.get(1)));
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(folder, e), e);
        }
    }
}
