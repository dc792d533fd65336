package io.github.tintype.io;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Says what a file that should hold weights is instead, from its first bytes. */
final class Sniff {
    /** How many first bytes are looked at. */
    static final int BYTES = 64;

    static final String PICKLE_ADVICE =
            "a pickle can run code when it is read, so it is refused: convert the model to safetensors";

    private static final List<String> PICKLE_ENDINGS = List.of(".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle");

    private Sniff() {}

    /** Whether a file of this name is a pickle by PyTorch's habits. */
    static boolean isPickleName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return PICKLE_ENDINGS.stream().anyMatch(lower::endsWith);
    }

    /** A sentence about {@code start}, the first bytes of a file; empty if they say nothing. */
    static Optional<String> explain(byte[] start) {
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (text.startsWith("version https://git-lfs")) {
            return Optional.of(
                    "this is a git-lfs pointer, not the weights: run `git lfs pull` in the model's folder, or download the file");
        }
        String markup = text.stripLeading().toLowerCase(Locale.ROOT);
        if (markup.startsWith("<!doctype") || markup.startsWith("<html") || markup.startsWith("<?xml")) {
            return Optional.of("this is a web page, not the weights: the download failed, fetch the file again");
        }
        if (text.startsWith("GGUF")) {
            return Optional.of("this is a GGUF file, which is not supported: use the model's safetensors files");
        }
        if (text.startsWith("PK\u0003\u0004")) {
            return Optional.of("this is a zip file, as PyTorch saves pickles in; " + PICKLE_ADVICE);
        }
        if (start.length > 1 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5) {
            return Optional.of("this is a pickle; " + PICKLE_ADVICE);
        }
        if (text.startsWith("{") || text.startsWith("\u00ef\u00bb\u00bf{")) {
            return Optional.of("this is a JSON text, not the weights");
        }
        return Optional.empty();
    }
}
