package io.github.tintype.tokenizers;

import java.util.List;

/** The tokens of a text, in order; start and end token included, nothing cut off, nothing padded. */
public record Encoding(List<Token> tokens) {
    public Encoding {
        tokens = List.copyOf(tokens);
    }

    /** One token: its row in the embedding table, and how the vocabulary writes it. */
    public record Token(long id, String text) {}

    /** The ids of the tokens. */
    public long[] ids() {
        return tokens.stream().mapToLong(Token::id).toArray();
    }

    public int size() {
        return tokens.size();
    }
}
