package io.github.tintype.app;

import io.github.tintype.device.MatmulPrecision;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@link Arguments} → {@link GenerationRequest}: everything that can be refused without opening the model is refused here, with one line
 * that names the flag, what it takes and what it got.
 */
final class RequestParser {
    private static final int LONGEST_PROMPT = 32_000;
    private static final int LARGEST_SIDE = 8192;
    private static final int DEFAULT_STEPS = 25;
    private static final BigInteger LARGEST_SEED = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(?i)([kmgt]?)(?:i?b)?");

    private static final Pattern PICTURE = Pattern.compile("([0-9]+)x([0-9]+)");

    private final Environment environment;
    private final LongSupplier drawSeed;

    /** Reads in {@code environment}; {@code drawSeed} gives the seed of a request that names none. */
    RequestParser(Environment environment, LongSupplier drawSeed) {
        this.environment = environment;
        this.drawSeed = drawSeed;
    }

    /** The request; throws {@link CliException} for the first argument that can't be served. */
    GenerationRequest parse(Arguments a) {
        String prompt = prompt(a);
        a.negativePrompt.ifPresent(n -> checkText("--negative-prompt", n));
        String modelName = a.model.orElse(Environment.EMBEDDED_MODEL);
        return new GenerationRequest(
                a.model.map(m -> environment.model("--model", m)).orElseGet(environment::embeddedModel),
                modelName,
                prompt,
                a.negativePrompt,
                a.steps.map(s -> whole("--steps", s, 1, 1000)).orElse(DEFAULT_STEPS),
                a.guidanceScale.map(RequestParser::guidance),
                a.seed.map(RequestParser::seed).orElseGet(drawSeed::getAsLong),
                side("--width", a.width),
                side("--height", a.height),
                a.scheduler.map(RequestParser::scheduler),
                a.device.map(RequestParser::device).orElse(DeviceName.CPU),
                batch(a.batch),
                a.latentsIn.map(f -> readable("--latents-in", f)),
                a.latentsOut.map(f -> latentsOut(f, a.force)),
                a.threads
                        .map(t -> OptionalInt.of(whole("--threads", t, 1, 1024)))
                        .orElseGet(OptionalInt::empty),
                a.deterministic,
                matmulPrecision(a),
                a.memoryBudget.map(m -> OptionalLong.of(bytes(m))).orElseGet(OptionalLong::empty),
                ModelSetup.of(a.setup),
                compilation(a),
                a.explain,
                compiledPackage(a));
    }

    private static MatmulPrecision matmulPrecision(Arguments a) {
        if (a.matmulPrecision.isPresent()
                && a.device.filter("reference"::equals).isPresent()) {
            throw CliException.usage("--device", "cpu beside --matmul-precision", "reference");
        }
        return a.matmulPrecision
                .map(word -> Arrays.stream(MatmulPrecision.values())
                        .filter(precision -> precision.label().equals(word))
                        .findFirst()
                        .orElseThrow(() -> CliException.usage("--matmul-precision", "highest, high or medium", word)))
                .orElse(MatmulPrecision.HIGHEST);
    }

    private static Optional<Compilation> compilation(Arguments a) {
        Map<String, Boolean> others = new LinkedHashMap<>();
        others.put("--explain", a.explain && a.setup.quantize.isEmpty());
        others.put("--package", a.compiledPackage.isPresent());
        return Compilation.asked(a.compile, others);
    }

    private static Optional<Path> compiledPackage(Arguments a) {
        if (a.compiledPackage.isPresent()
                && a.device.filter("reference"::equals).isPresent()) {
            throw CliException.usage("--device", "cpu beside --package", "reference");
        }
        return a.compiledPackage.map(file -> readable("--package", file));
    }

    private static String prompt(Arguments a) {
        if (a.words.size() + (a.prompt.isPresent() ? 1 : 0) > 1) {
            String second = a.words.get(a.prompt.isPresent() ? 0 : 1);
            throw CliException.usage("PROMPT", "one prompt (quote it: \"a red rocket\")", second);
        }
        if (a.words.isEmpty() && a.prompt.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "PROMPT: expected a prompt, found none (try: tintype generate \"a red rocket in space\")");
        }
        String prompt = a.prompt.orElseGet(() -> a.words.getFirst());
        checkText("PROMPT", prompt);
        return prompt;
    }

    static void checkText(String flag, String text) {
        if (text.length() > LONGEST_PROMPT) {
            throw new CliException(
                    ExitCode.USAGE,
                    "%s: expected at most %d characters, found %d".formatted(flag, LONGEST_PROMPT, text.length()));
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw CliException.usage(flag, "text that is valid Unicode", text);
        }
    }

    static int whole(String flag, String value, int least, int most) {
        String expected = "a whole number from %d to %d".formatted(least, most);
        // Only ASCII digits: Integer.parseInt takes those of every script.
        if (!value.matches("[0-9]{1,9}")) {
            throw CliException.usage(flag, expected, value);
        }
        int number = Integer.parseInt(value);
        if (number < least || number > most) {
            throw CliException.usage(flag, expected, value);
        }
        return number;
    }

    /** One of {@code --sizes}. */
    static Packager.Size size(String value) {
        Matcher match = PICTURE.matcher(value);
        if (!match.matches()) {
            throw CliException.usage("--sizes", "WIDTHxHEIGHT, such as 1024x1024", value);
        }
        return new Packager.Size(
                side("--sizes", Optional.of(match.group(1))).orElseThrow(),
                side("--sizes", Optional.of(match.group(2))).orElseThrow());
    }

    static int batch(Optional<String> value) {
        return value.map(b -> whole("--batch", b, 1, 64)).orElse(1);
    }

    static OptionalInt side(String flag, Optional<String> value) {
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        String expected = "a multiple of 8 from 8 to %d".formatted(LARGEST_SIDE);
        if (!value.get().matches("[0-9]{1,9}")) {
            throw CliException.usage(flag, expected, value.get());
        }
        int side = Integer.parseInt(value.get());
        if (side < 8 || side > LARGEST_SIDE || side % 8 != 0) {
            throw CliException.usage(flag, expected, value.get());
        }
        return OptionalInt.of(side);
    }

    static double guidance(String value) {
        // Double.parseDouble also takes NaN, 0x1p3, 7d and 1e400.
        if (value.matches("[0-9]{1,4}(\\.[0-9]{0,9})?|\\.[0-9]{1,9}")) {
            double number = Double.parseDouble(value);
            if (number <= 100) {
                return number;
            }
        }
        throw CliException.usage("--guidance-scale", "a number from 0 to 100", value);
    }

    private static long seed(String value) {
        if (!value.matches("[0-9]{1,20}") || new BigInteger(value).compareTo(LARGEST_SEED) > 0) {
            throw CliException.usage("--seed", "a whole number from 0 to " + LARGEST_SEED, value);
        }
        return Long.parseUnsignedLong(value);
    }

    private static String scheduler(String value) {
        return SchedulerName.find(value)
                .map(SchedulerName::className)
                .orElseThrow(() -> CliException.usage(
                        "--scheduler", "one of " + SchedulerName.shortNames() + " or its diffusers class", value));
    }

    private static DeviceName device(String value) {
        return switch (value) {
            case "cpu" -> DeviceName.CPU;
            case "reference" -> DeviceName.REFERENCE;
            default -> throw CliException.usage("--device", "cpu or reference", value);
        };
    }

    static long bytes(String value) {
        Matcher match = SIZE.matcher(value);
        if (match.matches()) {
            int shift = 10
                    * " kmgt"
                            .indexOf((match.group(2) + " ")
                                    .toLowerCase(Locale.ROOT)
                                    .charAt(0));
            BigDecimal bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(1L << shift));
            if (bytes.signum() > 0 && bytes.compareTo(BigDecimal.valueOf(1L << 50)) <= 0) {
                return bytes.longValue();
            }
        }
        throw CliException.usage("--memory-budget", "a size such as 8G or 512M", value);
    }

    /** A file that is there. */
    static Path readable(String flag, String value) {
        Path file = path(flag, value);
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new CliException(
                    ExitCode.IO,
                    "%s: expected a file that can be read, found \"%s\"".formatted(flag, Text.oneLine(value)));
        }
        return file;
    }

    private static Path latentsOut(String value, boolean force) {
        if (!value.endsWith(".safetensors")) {
            throw CliException.usage("--latents-out", "a name that ends in .safetensors", value);
        }
        Path file = path("--latents-out", value);
        OutputFiles.checkWritable("--latents-out", file, force);
        return file;
    }

    /** Refuses a name that this file system can't have. */
    static Path path(String flag, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new CliException(
                    ExitCode.USAGE, "%s: expected a file name, found \"%s\"".formatted(flag, Text.oneLine(value)), e);
        }
    }
}
