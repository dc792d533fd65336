package io.github.tintype.tokenizers;

import io.github.tintype.io.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tokenizer of CLIP's text encoders: ids equal to those of transformers 5's {@code CLIPTokenizer}.
 *
 * <p>As there, special tokens that a text spells out are special tokens, which for a model padding with {@code !} includes
 * every exclamation mark. Immutable, and usable from many threads.
 */
public final class CLIPTokenizer {
    private static final String END_OF_WORD = "</w>";

    private final ClipFiles files;
    private final NativeTokenizer tokenizer;

    private CLIPTokenizer(ClipFiles files, NativeTokenizer tokenizer) {
        this.files = files;
        this.tokenizer = tokenizer;
    }

    /**
     * From a folder with {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt}; with {@code
     * tokenizer_config.json} and {@code special_tokens_map.json} where they exist.
     *
     * @throws ModelFormatException if a file is missing, contradicts itself or another one, or belongs to another tokenizer
     * @throws io.github.tintype.tensor.DeviceException if the native library can't be loaded
     */
    public static CLIPTokenizer load(Path folder) {
        ClipFiles files = ClipFiles.read(folder);
        return new CLIPTokenizer(files, new NativeTokenizer(ClipDefinition.json(files), folder.toString()));
    }

    /** All tokens of {@code text} between start and end token. @throws IllegalArgumentException if it has half a surrogate pair */
    public Encoding encode(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (Character.getType(text.codePointAt(i)) == Character.SURROGATE) {
                throw new IllegalArgumentException(
                        "prompt: got half a surrogate pair at %d, wanted Unicode text".formatted(i));
            }
        }
        return tokenizer.encode(text);
    }

    /**
     * Exactly {@code maxLength} ids. A longer text is cut before the end token, which stays last; a shorter one is filled with
     * {@link #padTokenId()}.
     *
     * @throws IllegalArgumentException if {@code maxLength} leaves no room for start and end
     */
    public long[] encodePadded(String text, int maxLength) {
        checkLength(maxLength);
        long[] ids = encode(text).ids();
        long[] padded = Arrays.copyOf(ids, maxLength);
        if (ids.length > maxLength) {
            padded[maxLength - 1] = ids[ids.length - 1];
            return padded;
        }
        Arrays.fill(padded, ids.length, maxLength, padTokenId());
        return padded;
    }

    /** What {@link #encodePadded} cuts off, in the tokenizer's spelling; empty if all of {@code text} is used. */
    public Optional<String> truncatedText(String text, int maxLength) {
        checkLength(maxLength);
        long[] ids = encode(text).ids();
        if (ids.length <= maxLength) {
            return Optional.empty();
        }
        return Optional.of(tokenizer
                .decode(Arrays.copyOfRange(ids, maxLength - 1, ids.length - 1))
                .replace(END_OF_WORD, " ")
                .strip());
    }

    /** How many ids the model takes, if its files say so; 77 for all known ones. */
    public OptionalInt modelMaxLength() {
        return files.modelMaxLength();
    }

    public long bosTokenId() {
        return files.id(files.bosToken());
    }

    public long eosTokenId() {
        return files.id(files.eosToken());
    }

    public long padTokenId() {
        return files.id(files.padToken());
    }

    /** One more than the largest id: the embedding table must have at least as many rows. */
    public int size() {
        return files.added().values().stream()
                .mapToInt(token -> token.id() + 1)
                .reduce(files.vocab().size(), Math::max);
    }

    private static void checkLength(int maxLength) {
        if (maxLength < 2) {
            throw new IllegalArgumentException("max length: got %d, wanted at least 2".formatted(maxLength));
        }
    }
}
