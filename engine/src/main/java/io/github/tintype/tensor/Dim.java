package io.github.tintype.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * One size of a shape: a number, or an integer expression over symbols.
 *
 * <p>An expression is a polynomial with integer coefficients whose atoms are symbols and floored divisions of such polynomials by a
 * positive number. It is kept in one canonical form, so two sizes are equal exactly when their forms are: that is what lets a
 * forward with symbolic height and width add a tensor to its skip without a guard.
 */
public final class Dim implements Comparable<Dim> {
    /** 1, the size that broadcasts. */
    public static final Dim ONE = new Dim(Map.of("", 1L), Map.of());

    /** 0. */
    public static final Dim ZERO = new Dim(Map.of(), Map.of());

    /* A monomial is its atoms' names, sorted, joined by '*' ("" is the constant); atoms hold what each name stands for. */
    private final Map<String, Long> terms;
    private final Map<String, Atom> atoms;

    private sealed interface Atom {}

    private record Symbol() implements Atom {}

    private record FloorDiv(Dim numerator, long divisor) implements Atom {}

    private Dim(Map<String, Long> terms, Map<String, Atom> atoms) {
        this.terms = terms;
        this.atoms = atoms;
    }

    /** The number {@code size}. @throws ShapeException if it is negative */
    public static Dim of(long size) {
        if (size < 0) {
            throw new ShapeException("size: got %d, wanted 0 or more".formatted(size));
        }
        return constant(size);
    }

    private static Dim constant(long value) {
        if (value == 0) {
            return ZERO;
        }
        return value == 1 ? ONE : new Dim(Map.of("", value), Map.of());
    }

    /** The symbol {@code name}: letters, digits and underscores. It stands for a positive number. */
    public static Dim symbol(String name) {
        if (!name.matches("[A-Za-z_][A-Za-z_0-9]*")) {
            throw new ShapeException("symbol: got \"%s\", wanted letters, digits and underscores".formatted(name));
        }
        return new Dim(Map.of(name, 1L), Map.of(name, new Symbol()));
    }

    /** The size that {@link #toString} writes so. @throws ShapeException if it writes none so */
    public static Dim parse(String text) {
        return new DimParser(text).parse();
    }

    /** Whether this is a number. */
    public boolean isFixed() {
        return atoms.isEmpty();
    }

    /** Whether this is the number {@code size}. */
    public boolean is(long size) {
        return isFixed() && size == terms.getOrDefault("", 0L);
    }

    /** The number. @throws ShapeException for an expression: Java control flow may not depend on one */
    public long value() {
        if (!isFixed()) {
            throw UndecidedSizeException.value(
                    "size %s is symbolic: its value is not known while tracing".formatted(this), this);
        }
        return terms.getOrDefault("", 0L);
    }

    public Dim plus(Dim other) {
        if (isFixed() && other.isFixed()) {
            return constant(Math.addExact(value(), other.value()));
        }
        Map<String, Long> sum = new TreeMap<>(terms);
        other.terms.forEach((key, factor) -> sum.merge(key, factor, Math::addExact));
        return canonical(sum, merged(other));
    }

    public Dim plus(long other) {
        return plus(constant(other));
    }

    public Dim minus(Dim other) {
        return plus(other.times(constant(-1)));
    }

    public Dim times(Dim other) {
        if (isFixed() && other.isFixed()) {
            return constant(Math.multiplyExact(value(), other.value()));
        }
        Map<String, Long> product = new TreeMap<>();
        terms.forEach((a, x) ->
                other.terms.forEach((b, y) -> product.merge(monomial(a, b), Math.multiplyExact(x, y), Math::addExact)));
        return canonical(product, merged(other));
    }

    public Dim times(long other) {
        return times(constant(other));
    }

    /**
     * ⌊this / divisor⌋ in its simplest form: whole multiples move out of the division, common factors cancel and a division of a
     * division becomes one, so that sizes that are equal look equal.
     */
    public Dim floorDiv(long divisor) {
        if (divisor <= 0) {
            throw new ShapeException("floorDiv: got divisor %d, wanted a positive number".formatted(divisor));
        }
        if (divisor == 1) {
            return this;
        }
        if (isFixed()) {
            return constant(Math.floorDiv(value(), divisor));
        }
        // ⌊(d·q + r)/d⌋ = q + ⌊r/d⌋ for any integer q: move whole multiples out, term by term.
        Map<String, Long> quotient = new TreeMap<>();
        Map<String, Long> rest = new TreeMap<>();
        terms.forEach((key, factor) -> {
            quotient.put(key, Math.floorDiv(factor, divisor));
            rest.put(key, Math.floorMod(factor, divisor));
        });
        Dim whole = canonical(quotient, new TreeMap<>(atoms));
        Dim remainder = canonical(rest, new TreeMap<>(atoms));
        if (remainder.isFixed()) {
            return whole; // its value is below the divisor
        }
        return whole.plus(remainder.divided(divisor));
    }

    /* ⌊this / divisor⌋ where every coefficient is positive and less than the divisor. */
    private Dim divided(long divisor) {
        // ⌊(g·p + c)/(g·d)⌋ = ⌊(p + ⌊c/g⌋)/d⌋
        long common = divisor;
        for (Map.Entry<String, Long> term : terms.entrySet()) {
            common = term.getKey().isEmpty() ? common : gcd(common, term.getValue());
        }
        if (common > 1) {
            Map<String, Long> reduced = new TreeMap<>();
            for (Map.Entry<String, Long> term : terms.entrySet()) {
                reduced.put(term.getKey(), term.getValue() / common);
            }
            return canonical(reduced, new TreeMap<>(atoms)).floorDiv(divisor / common);
        }
        // ⌊(⌊n/e⌋ + c)/d⌋ = ⌊(n + c·e)/(d·e)⌋
        if (atoms.size() == 1
                && atoms.values().iterator().next() instanceof FloorDiv(Dim numerator, long inner)
                && terms.getOrDefault(atoms.keySet().iterator().next(), 0L) == 1L
                && terms.keySet().stream().allMatch(key -> key.isEmpty() || atoms.containsKey(key))) {
            long constant = terms.getOrDefault("", 0L);
            return numerator.plus(Math.multiplyExact(constant, inner)).floorDiv(Math.multiplyExact(divisor, inner));
        }
        String name = "(" + this + ")/" + divisor;
        return new Dim(Map.of(name, 1L), Map.of(name, new FloorDiv(this, divisor)));
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /**
     * this / divisor where the division is known to be exact for every value of the symbols.
     *
     * @throws ShapeException if it isn't
     */
    public Dim divideExact(Dim divisor) {
        if (equals(divisor)) {
            return ONE;
        }
        if (divisor.terms.size() == 1) {
            Map.Entry<String, Long> by = divisor.terms.entrySet().iterator().next();
            Map<String, Long> quotient = new TreeMap<>();
            for (Map.Entry<String, Long> term : terms.entrySet()) {
                List<String> left = new ArrayList<>(factors(term.getKey()));
                boolean divides = term.getValue() % by.getValue() == 0
                        && factors(by.getKey()).stream().allMatch(left::remove);
                if (!divides) {
                    throw notAMultiple(divisor);
                }
                quotient.put(String.join("*", left), term.getValue() / by.getValue());
            }
            return canonical(quotient, new TreeMap<>(atoms));
        }
        // this = factor · divisor with a monomial factor: compare leading terms, then check.
        for (Map.Entry<String, Long> lead : divisor.terms.entrySet()) {
            for (Map.Entry<String, Long> term : terms.entrySet()) {
                List<String> left = new ArrayList<>(factors(term.getKey()));
                if (term.getValue() % lead.getValue() == 0
                        && factors(lead.getKey()).stream().allMatch(left::remove)) {
                    Map<String, Long> factor = new TreeMap<>();
                    factor.put(String.join("*", left), term.getValue() / lead.getValue());
                    Dim candidate = canonical(factor, new TreeMap<>(atoms));
                    if (candidate.times(divisor).equals(this)) {
                        return candidate;
                    }
                }
            }
        }
        throw notAMultiple(divisor);
    }

    private ShapeException notAMultiple(Dim divisor) {
        String message = "size %s is not a multiple of %s".formatted(this, divisor);
        return isFixed() && divisor.isFixed()
                ? new ShapeException(message)
                : UndecidedSizeException.value(message, isFixed() ? divisor : this);
    }

    /** The symbols in this expression. */
    public Set<String> symbols() {
        Set<String> symbols = new TreeSet<>();
        atoms.forEach((name, atom) -> {
            switch (atom) {
                case Symbol() -> symbols.add(name);
                case FloorDiv(Dim numerator, long _) -> symbols.addAll(numerator.symbols());
            }
        });
        return symbols;
    }

    /** The value where {@code symbols} gives each symbol's. */
    public long evaluate(ToLongFunction<String> symbols) {
        long sum = 0;
        for (Map.Entry<String, Long> term : terms.entrySet()) {
            long product = term.getValue();
            for (String factor : factors(term.getKey())) {
                product = Math.multiplyExact(
                        product,
                        switch (Objects.requireNonNull(atoms.get(factor))) {
                            case Symbol() -> symbols.applyAsLong(factor);
                            case FloorDiv(Dim numerator, long divisor) ->
                                Math.floorDiv(numerator.evaluate(symbols), divisor);
                        });
            }
            sum = Math.addExact(sum, product);
        }
        return sum;
    }

    /** This size with each symbol replaced by what {@code symbols} gives for it. */
    public Dim substitute(Function<String, Dim> symbols) {
        if (isFixed()) {
            return this;
        }
        Dim sum = ZERO;
        for (Map.Entry<String, Long> term : terms.entrySet()) {
            Dim product = constant(term.getValue());
            for (String factor : factors(term.getKey())) {
                product = product.times(
                        switch (Objects.requireNonNull(atoms.get(factor))) {
                            case Symbol() -> symbols.apply(factor);
                            case FloorDiv(Dim numerator, long divisor) ->
                                numerator.substitute(symbols).floorDiv(divisor);
                        });
            }
            sum = sum.plus(product);
        }
        return sum;
    }

    private static List<String> factors(String monomial) {
        if (monomial.isEmpty()) {
            return List.of();
        }
        List<String> factors = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < monomial.length(); i++) {
            switch (monomial.charAt(i)) {
                case '(' -> depth++;
                case ')' -> depth--;
                case '*' -> {
                    if (depth == 0) {
                        factors.add(monomial.substring(start, i));
                        start = i + 1;
                    }
                }
                default -> {}
            }
        }
        factors.add(monomial.substring(start));
        return factors;
    }

    private static String monomial(String a, String b) {
        List<String> factors = new ArrayList<>(factors(a));
        factors.addAll(factors(b));
        factors.sort(null);
        return String.join("*", factors);
    }

    private Map<String, Atom> merged(Dim other) {
        Map<String, Atom> all = new TreeMap<>(atoms);
        all.putAll(other.atoms);
        return all;
    }

    private static Dim canonical(Map<String, Long> terms, Map<String, Atom> atoms) {
        terms.values().removeIf(factor -> factor == 0);
        atoms.keySet()
                .retainAll(terms.keySet().stream()
                        .flatMap(key -> factors(key).stream())
                        .collect(Collectors.toSet()));
        if (atoms.isEmpty()) {
            return constant(terms.getOrDefault("", 0L));
        }
        return new Dim(terms, atoms);
    }

    @Override
    public int compareTo(Dim other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dim dim && terms.equals(dim.terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    /** The expression, e.g. {@code 4}, {@code h}, {@code 2*h+1}, {@code (h+7)/8}. */
    @Override
    public String toString() {
        if (terms.isEmpty()) {
            return "0";
        }
        StringBuilder text = new StringBuilder();
        new TreeMap<>(terms).descendingMap().forEach((key, factor) -> {
            if (factor > 0 && !text.isEmpty()) {
                text.append('+');
            }
            if (key.isEmpty()) {
                text.append(factor);
            } else if (factor == 1) {
                text.append(key);
            } else {
                text.append(factor == -1 ? "-" : factor + "*").append(key);
            }
        });
        return text.toString();
    }
}
