package io.github.tintype.tokenizers;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer JSON that every CLIP vocabulary gets: unicode NFC, white space collapsed, lower case; words split by CLIP's
 * expression; bytes as letters; byte pair encoding with {@code </w>} at the end of a word; start and end token around.
 *
 * <p>Source: transformers 5 models/clip/tokenization_clip.py.
 */
final class ClipDefinition {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String TEMPLATE = """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [],
              "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": "\\\\s+"}, "content": " "},
                {"type": "Lowercase"}]},
              "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "behavior": "Removed", "invert": true, "pattern": {"Regex": \
            "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+"}},
                {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
              "post_processor": {"type": "RobertaProcessing", "trim_offsets": false, "add_prefix_space": false},
              "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
              "model": {"type": "BPE", "dropout": null, "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": false}
            }
            """;

    private ClipDefinition() {}

    static String json(ClipFiles files) {
        ObjectNode root = (ObjectNode) MAPPER.readTree(TEMPLATE);
        ArrayNode added = root.withArray("/added_tokens");
        files.added()
                .forEach((text, token) -> added.addObject()
                        .put("id", token.id())
                        .put("content", text)
                        .put("single_word", token.singleWord())
                        .put("lstrip", token.lstrip())
                        .put("rstrip", token.rstrip())
                        .put("normalized", token.normalized())
                        .put("special", token.special()));
        ObjectNode post = root.withObject("/post_processor");
        post.putArray("sep").add(files.eosToken()).add(files.id(files.eosToken()));
        post.putArray("cls").add(files.bosToken()).add(files.id(files.bosToken()));
        ObjectNode model = root.withObject("/model");
        model.put("unk_token", files.unkToken());
        ObjectNode vocab = model.putObject("vocab");
        files.vocab().forEach(vocab::put);
        ArrayNode merges = model.putArray("merges");
        for (ClipFiles.Merge merge : files.merges()) {
            merges.addArray().add(merge.left()).add(merge.right());
        }
        return MAPPER.writeValueAsString(root);
    }
}
