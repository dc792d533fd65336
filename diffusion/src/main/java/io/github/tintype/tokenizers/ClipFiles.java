package io.github.tintype.tokenizers;

import io.github.tintype.io.ModelFormatException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a CLIP tokenizer folder says, checked.
 *
 * <p>The vocabulary comes from {@code tokenizer.json} where there is one, else from {@code vocab.json} and {@code
 * merges.txt}. Of a {@code tokenizer.json} only the vocabulary, the merges and the added tokens are used: its expressions would
 * be code of the model's author.
 *
 * @param vocab ids by token, 0 to n−1 without gaps
 * @param merges pairs of vocabulary entries whose concatenation is one too, best first
 * @param added tokens that are found in a text before it is split, by their text
 */
record ClipFiles(
        Path folder,
        Map<String, Integer> vocab,
        List<Merge> merges,
        Map<String, AddedToken> added,
        String bosToken,
        String eosToken,
        String unkToken,
        String padToken,
        OptionalInt modelMaxLength) {
    private static final long MAX_BYTES = 64L << 20;
    private static final Set<String> CLASSES = Set.of("CLIPTokenizer", "CLIPTokenizerFast");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Two neighbouring pieces that become one. */
    record Merge(String left, String right) {}

    /** A token with Hugging Face's flags for finding it in a text. */
    record AddedToken(
            int id, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {}

    static ClipFiles read(Path folder) {
        Path json = folder.resolve("tokenizer.json");
        JsonNode config = readIfPresent(folder.resolve("tokenizer_config.json"));
        JsonNode specials = readIfPresent(folder.resolve("special_tokens_map.json"));
        checkClass(folder.resolve("tokenizer_config.json"), config);

        Map<String, Integer> vocab;
        List<Merge> merges;
        Map<String, AddedToken> added = new LinkedHashMap<>();
        if (Files.exists(json)) {
            JsonNode root = readJson(json);
            JsonNode model = root.path("model");
            if (!model.path("type").asString("BPE").equals("BPE")
                    || !model.path("end_of_word_suffix").asString("").equals("</w>")) {
                throw bad(
                        json,
                        "model",
                        model.path("type") + " with suffix " + model.path("end_of_word_suffix"),
                        "a BPE with the suffix </w>");
            }
            vocab = vocab(json, model.path("vocab"));
            merges = jsonMerges(json, model.path("merges"), vocab);
            for (JsonNode token : root.path("added_tokens").values()) {
                add(added, json, token.path("id"), token, vocab);
            }
        } else {
            Path file = folder.resolve("vocab.json");
            vocab = vocab(file, readJson(file));
            merges = textMerges(folder.resolve("merges.txt"), vocab);
        }
        Path where = folder.resolve("tokenizer_config.json");
        for (Map.Entry<String, JsonNode> entry :
                config.path("added_tokens_decoder").properties()) {
            add(added, where, MAPPER.getNodeFactory().stringNode(entry.getKey()), entry.getValue(), vocab);
        }
        Set<String> declared = Set.copyOf(added.keySet());
        List<String> names = new ArrayList<>();
        for (String key : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
            JsonNode token = config.has(key) ? config.get(key) : specials.path(key);
            String text = key.equals("bos_token") ? "<|startoftext|>" : "<|endoftext|>";
            if (!token.isMissingNode() && !token.isNull()) {
                text = (token.isObject() ? token.path("content") : token).asString("");
            }
            if (!declared.contains(text)) {
                // As transformers 5 does: a token named twice takes the flags of the last place, a bare text is not
                // normalised.
                Integer id = vocab.get(text);
                if (id == null) {
                    throw bad(where, key, quoted(text), "a token of the vocabulary");
                }
                added.put(text, flags(id, token, true));
            }
            names.add(text);
        }
        return new ClipFiles(
                folder,
                vocab,
                merges,
                added,
                names.get(0),
                names.get(1),
                names.get(2),
                names.get(3),
                maxLength(where, config.path("model_max_length")));
    }

    /** The id of a token that {@link #read} has found to exist. */
    int id(String token) {
        AddedToken special = added.get(token);
        return special == null ? Optional.ofNullable(vocab.get(token)).orElseThrow() : special.id();
    }

    private static void checkClass(Path file, JsonNode config) {
        String name = config.path("tokenizer_class").asString("CLIPTokenizer");
        if (!CLASSES.contains(name)) {
            throw bad(file, "tokenizer_class", quoted(name), "CLIPTokenizer");
        }
    }

    /** Hugging Face writes 1e30 for "no limit". */
    private static OptionalInt maxLength(Path file, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return OptionalInt.empty();
        }
        BigDecimal value = node.isNumber() ? node.decimalValue() : BigDecimal.ZERO;
        if (value.compareTo(BigDecimal.TWO) < 0 || value.stripTrailingZeros().scale() > 0) {
            throw bad(file, "model_max_length", node.toString(), "an integer of at least 2");
        }
        return value.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0
                ? OptionalInt.empty()
                : OptionalInt.of(value.intValueExact());
    }

    private static Map<String, Integer> vocab(Path file, JsonNode node) {
        if (!node.isObject() || node.isEmpty()) {
            throw bad(
                    file,
                    "vocabulary",
                    node.isObject() ? "an empty one" : node.getNodeType().toString(),
                    "an object of ids by token");
        }
        int n = node.size();
        boolean[] seen = new boolean[n];
        Map<String, Integer> vocab = LinkedHashMap.newLinkedHashMap(n);
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= n || seen[id.intValue()]) {
                throw bad(
                        file,
                        quoted(entry.getKey()),
                        "the id " + shortened(id.toString()),
                        "each of 0 to %d once".formatted(n - 1));
            }
            seen[id.intValue()] = true;
            vocab.put(entry.getKey(), id.intValue());
        }
        return vocab;
    }

    private static List<Merge> textMerges(Path file, Map<String, Integer> vocab) {
        List<String> lines = text(file).lines().toList();
        int first = !lines.isEmpty() && lines.getFirst().startsWith("#version") ? 1 : 0;
        List<Merge> merges = new ArrayList<>(lines.size());
        Set<Merge> seen = HashSet.newHashSet(lines.size());
        for (int i = first; i < lines.size(); i++) {
            merges.add(merge(file, "line " + (i + 1), lines.get(i).split(" ", -1), vocab, seen));
        }
        return merges;
    }

    private static List<Merge> jsonMerges(Path file, JsonNode node, Map<String, Integer> vocab) {
        if (!node.isArray()) {
            throw bad(file, "model.merges", node.getNodeType().toString(), "a list");
        }
        List<Merge> merges = new ArrayList<>(node.size());
        Set<Merge> seen = HashSet.newHashSet(node.size());
        for (int i = 0; i < node.size(); i++) {
            JsonNode merge = node.get(i);
            String[] pair = merge.isArray()
                    ? merge.valueStream().map(piece -> piece.asString("")).toArray(String[]::new)
                    : merge.asString("").split(" ", -1);
            merges.add(merge(file, "model.merges[" + i + "]", pair, vocab, seen));
        }
        return merges;
    }

    private static Merge merge(Path file, String where, String[] pair, Map<String, Integer> vocab, Set<Merge> seen) {
        if (pair.length != 2) {
            throw bad(file, where, quoted(String.join(" ", pair)), "two tokens and a space between them");
        }
        for (String token : List.of(pair[0], pair[1], pair[0] + pair[1])) {
            if (!vocab.containsKey(token)) {
                throw bad(file, where, quoted(token), "a token of the vocabulary");
            }
        }
        Merge merge = new Merge(pair[0], pair[1]);
        if (!seen.add(merge)) {
            throw bad(file, where, quoted(pair[0] + " " + pair[1]) + " again", "each merge once");
        }
        return merge;
    }

    private static void add(
            Map<String, AddedToken> added, Path file, JsonNode id, JsonNode token, Map<String, Integer> vocab) {
        String text = token.path("content").asString("");
        if (text.isEmpty() || !id.asString("").matches("[0-9]{1,9}")) {
            throw bad(file, "added token", shortened(id + ": " + token), "an id and a text");
        }
        int number = Integer.parseInt(id.asString());
        Integer known = vocab.get(text);
        if (known == null ? number < vocab.size() : known != number) {
            throw bad(
                    file,
                    "added token " + quoted(text),
                    "the id " + number,
                    known == null ? "one after the vocabulary's" : known.toString());
        }
        added.put(text, flags(number, token, false));
    }

    private static AddedToken flags(int id, JsonNode token, boolean special) {
        return new AddedToken(
                id,
                token.path("single_word").asBoolean(false),
                token.path("lstrip").asBoolean(false),
                token.path("rstrip").asBoolean(false),
                token.path("normalized").asBoolean(false),
                special || token.path("special").asBoolean(false));
    }

    private static JsonNode readIfPresent(Path file) {
        return Files.exists(file) ? readJson(file) : MAPPER.createObjectNode();
    }

    private static JsonNode readJson(Path file) {
        try {
            JsonNode root = MAPPER.readTree(text(file));
            if (!root.isObject()) {
                throw bad(file, "content", root.getNodeType().toString(), "a JSON object");
            }
            return root;
        } catch (JacksonException e) {
            throw new ModelFormatException(
                    "%s: got text that isn't JSON: %s".formatted(file, shortened(e.getOriginalMessage())), e);
        }
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw bad(file, "size", Files.size(file) + " bytes", "at most " + MAX_BYTES);
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("%s: got bytes that aren't UTF-8".formatted(file), e);
        } catch (NoSuchFileException e) {
            throw new ModelFormatException("%s: got no such file, wanted one".formatted(file), e);
        } catch (IOException e) {
            throw new ModelFormatException("%s: can't be read: %s".formatted(file, e), e);
        }
    }

    private static ModelFormatException bad(Path file, String where, String got, String wanted) {
        return new ModelFormatException("%s: %s: got %s, wanted %s".formatted(file, where, got, wanted));
    }

    private static String quoted(String text) {
        return MAPPER.writeValueAsString(shortened(text));
    }

    private static String shortened(String text) {
        return (text.length() <= 80 ? text : text.substring(0, 80) + "…").replaceAll("\\p{Cntrl}", " ");
    }
}
