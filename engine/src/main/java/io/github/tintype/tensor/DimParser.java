package io.github.tintype.tensor;

/** Reads sizes as {@link Dim#toString} writes them: sums of products of numbers, symbols and {@code (…)/n}. */
final class DimParser {
    /* Divisions in divisions: each level of a model halves once. */
    private static final int MOST_DEPTH = 64;

    private final String text;
    private int at;
    private int depth;

    DimParser(String text) {
        this.text = text;
    }

    Dim parse() {
        Dim size = sum();
        if (at < text.length()) {
            throw wrong();
        }
        return size;
    }

    private Dim sum() {
        boolean minus = take('-');
        Dim sum = minus ? Dim.ZERO.minus(product()) : product();
        while (true) {
            if (take('+')) {
                sum = sum.plus(product());
            } else if (take('-')) {
                sum = sum.minus(product());
            } else {
                return sum;
            }
        }
    }

    private Dim product() {
        Dim product = factor();
        while (take('*')) {
            product = product.times(factor());
        }
        return product;
    }

    private Dim factor() {
        if (take('(')) {
            if (++depth > MOST_DEPTH) {
                throw wrong();
            }
            Dim numerator = sum();
            depth--;
            if (!take(')') || !take('/')) {
                throw wrong();
            }
            return numerator.floorDiv(number(word()));
        }
        String word = word();
        return Character.isDigit(word.charAt(0)) ? Dim.of(number(word)) : Dim.symbol(word);
    }

    private boolean take(char wanted) {
        boolean there = at < text.length() && text.charAt(at) == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private String word() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        if (at == start) {
            throw wrong();
        }
        return text.substring(start, at);
    }

    private long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw wrong();
        }
    }

    private ShapeException wrong() {
        return new ShapeException("size: got \"%s\", which ends as none at letter %d".formatted(text, at));
    }
}
