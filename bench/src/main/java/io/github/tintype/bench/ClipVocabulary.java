package io.github.tintype.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A vocabulary with CLIP's size and order: the bytes as letters, the same at the end of a word, what merges make, and the two special
 * tokens with their true ids. The merges are not CLIP's: they join any two, three and some four letters.
 */
final class ClipVocabulary {
    /** Ids of CLIP's vocabulary. */
    static final int SIZE = 49408;

    private static final String END_OF_WORD = "</w>";
    private static final List<String> LETTERS =
            IntStream.rangeClosed('a', 'z').mapToObj(Character::toString).toList();

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    ClipVocabulary() {
        List<String> bytes = byteLetters();
        tokens.addAll(bytes);
        bytes.forEach(letter -> tokens.add(letter + END_OF_WORD));
        List<String> pieces = LETTERS;
        while (tokens.size() < SIZE - 2) {
            pieces = merge(pieces);
        }
        tokens.add("<|startoftext|>");
        tokens.add("<|endoftext|>");
    }

    /* GPT-2's: printable bytes as themselves, in CLIP's order, the others from 256 on. */
    private static List<String> byteLetters() {
        List<String> letters = new ArrayList<>();
        IntStream.rangeClosed('!', '~').mapToObj(Character::toString).forEach(letters::add);
        IntStream.rangeClosed('¡', '¬').mapToObj(Character::toString).forEach(letters::add);
        IntStream.rangeClosed('®', 'ÿ').mapToObj(Character::toString).forEach(letters::add);
        IntStream.range(256, 256 + 256 - letters.size())
                .mapToObj(Character::toString)
                .forEach(letters::add);
        return letters;
    }

    /* Each piece with each letter after it, inside and at the end of a word, as far as there is room. */
    private List<String> merge(List<String> pieces) {
        List<String> longer = new ArrayList<>();
        for (String piece : pieces) {
            for (String letter : LETTERS) {
                add(piece, letter);
                add(piece, letter + END_OF_WORD);
                longer.add(piece + letter);
            }
        }
        return longer;
    }

    private void add(String left, String right) {
        if (tokens.size() < SIZE - 2) {
            tokens.add(left + right);
            merges.add(left + " " + right);
        }
    }

    /** By id. */
    List<String> tokens() {
        return List.copyOf(tokens);
    }

    /** The text of {@code merges.txt}. */
    String mergesText() {
        return "#version: 0.2\n" + String.join("\n", merges) + "\n";
    }
}
