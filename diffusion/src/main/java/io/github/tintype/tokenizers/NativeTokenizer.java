package io.github.tintype.tokenizers;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.github.tintype.io.ModelFormatException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/** A tokenizer in native memory, freed when nobody refers to it any more. Usable from many threads. */
final class NativeTokenizer {
    private static final Cleaner CLEANER = Cleaner.create();

    private final TokenizersLibrary library = NativeLibrary.get();
    private final long handle;

    /** From the text of a {@code tokenizer.json}. @throws ModelFormatException if the library refuses it; {@code where} names it */
    NativeTokenizer(String json, String where) {
        try {
            handle = library.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            throw new ModelFormatException(
                    "%s: got a tokenizer that can't be built: %s".formatted(where, e.getMessage()), e);
        }
        TokenizersLibrary freedBy = library;
        long freed = handle;
        CLEANER.register(this, () -> freedBy.deleteTokenizer(freed));
    }

    /** All tokens of {@code text}, special ones included. */
    Encoding encode(String text) {
        long encoding = library.encode(handle, text, true);
        try {
            long[] ids = library.getTokenIds(encoding);
            String[] tokens = library.getTokens(encoding);
            List<Encoding.Token> all = new ArrayList<>(ids.length);
            for (int i = 0; i < ids.length; i++) {
                all.add(new Encoding.Token(ids[i], tokens[i]));
            }
            return new Encoding(all);
        } finally {
            library.deleteEncoding(encoding);
            Reference.reachabilityFence(this);
        }
    }

    String decode(long[] ids) {
        try {
            return library.decode(handle, ids, false);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
