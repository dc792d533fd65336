package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user can get wrong, and the one line and exit code that answer it. */
class WrongArgumentsTest {
    private static final String SCHEDULERS =
            "expected one of euler, euler_a, ddim, dpm++2m, pndm" + " or its diffusers class, found ";

    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong(
                        2,
                        "unknown command \"paint\": expected generate, doctor, info, package, quantize, bench or cache",
                        "paint"),
                wrong(2, "list|verify|clear: expected a value, found none", "cache"),
                wrong(2, "cache: expected list, verify or clear, found \"purge\"", "cache", "purge"),
                wrong(
                        2,
                        "PROMPT: expected a prompt, found none (try: tintype generate \"a red rocket in space\")",
                        "generate"),
                wrong(
                        2,
                        "PROMPT: expected one prompt (quote it: \"a red rocket\"), found \"red\"",
                        "generate",
                        "a",
                        "red"),
                wrong(
                        2,
                        "PROMPT: expected one prompt (quote it: \"a red rocket\"), found \"a\"",
                        "generate",
                        "a",
                        "-p",
                        "b"),
                wrong(2, "PROMPT: expected at most 32000 characters, found 32001", "generate", "x".repeat(32_001)),
                wrong(2, "PROMPT: expected text that is valid Unicode, found \"a\ud800\"", "generate", "a\ud800"),
                wrong(2, "unknown option \"--stepz\"; did you mean --steps?", "generate", "a", "--stepz", "3"),
                wrong(2, "--steps: expected a value, found none", "generate", "a", "--steps"),
                wrong(2, "dtype: got \"half\", wanted f32, bf16 or f16", "generate", "a", "--dtype", "half"),
                wrong(
                        2,
                        "dtype: got \"unet:f16=bf16=f16\", wanted component=type",
                        "generate",
                        "a",
                        "--dtype",
                        "unet:f16=bf16=f16"),
                wrong(
                        2,
                        "--layerwise-casting: expected f8_e4m3 or f8_e5m2, found \"bf16\"",
                        "generate",
                        "a",
                        "--layerwise-casting",
                        "bf16"),
                wrong(
                        2,
                        "--fuse-qkv: expected none beside --ladder, which has steps of its own",
                        "bench",
                        "--ladder",
                        "--fuse-qkv"),
                wrong(
                        2,
                        "--matmul-precision: expected highest, high or medium, found \"low\"",
                        "generate",
                        "a",
                        "--matmul-precision",
                        "low"),
                wrong(
                        2,
                        "--device: expected cpu beside --matmul-precision, found \"reference\"",
                        "generate",
                        "a",
                        "--matmul-precision",
                        "high",
                        "--device",
                        "reference"),
                wrong(2, "--dtypes: expected f32, bf16, f16, found \"f8\"", "bench", "--dtypes", "f8"),
                wrong(
                        2,
                        "--steps: expected once, found twice",
                        "generate",
                        "a",
                        "--steps",
                        "3",
                        "--num-inference-steps",
                        "3"),
                wrong(
                        2,
                        "--steps: expected a whole number from 1 to 1000, found \"abc\"",
                        "generate",
                        "a",
                        "--steps",
                        "abc"),
                wrong(
                        2,
                        "--steps: expected a whole number from 1 to 1000, found \"0\"",
                        "generate",
                        "a",
                        "--steps",
                        "0"),
                wrong(
                        2,
                        "--steps: expected a whole number from 1 to 1000, found \"2.5\"",
                        "generate",
                        "a",
                        "--steps",
                        "2.5"),
                wrong(
                        2,
                        "--steps: expected a whole number from 1 to 1000, found \"1e9\"",
                        "generate",
                        "a",
                        "--steps=1e9"),
                wrong(
                        2,
                        "--guidance-scale: expected a number from 0 to 100, found \"NaN\"",
                        "generate",
                        "a",
                        "--cfg-scale",
                        "NaN"),
                wrong(
                        2,
                        "--guidance-scale: expected a number from 0 to 100, found \"1e400\"",
                        "generate",
                        "a",
                        "--guidance",
                        "1e400"),
                wrong(
                        2,
                        "--guidance-scale: expected a number from 0 to 100, found \"101\"",
                        "generate",
                        "a",
                        "--guidance-scale",
                        "101"),
                wrong(
                        2,
                        "--seed: expected a whole number from 0 to 18446744073709551615, found \"-1\"",
                        "generate",
                        "a",
                        "--seed=-1"),
                wrong(
                        2,
                        "--seed: expected a whole number from 0 to 18446744073709551615, found \"18446744073709551616\"",
                        "generate",
                        "a",
                        "-s",
                        "18446744073709551616"),
                wrong(
                        2,
                        "--width: expected a multiple of 8 from 8 to 8192, found \"100\"",
                        "generate",
                        "a",
                        "-W",
                        "100"),
                wrong(2, "--width: expected a multiple of 8 from 8 to 8192, found \"0\"", "generate", "a", "-W", "0"),
                wrong(
                        2,
                        "--height: expected a multiple of 8 from 8 to 8192, found \"٥١٢\"",
                        "generate",
                        "a",
                        "-H",
                        "٥١٢"),
                wrong(
                        2,
                        "--height: expected a multiple of 8 from 8 to 8192, found \"99999999999\"",
                        "generate",
                        "a",
                        "-H",
                        "99999999999"),
                wrong(2, "--scheduler: " + SCHEDULERS + "\"eular\"", "generate", "a", "--scheduler", "eular"),
                wrong(2, "--device: expected cpu or reference, found \"gpu\"", "generate", "a", "--device", "gpu"),
                wrong(
                        2,
                        "--compile: expected one of default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs, found \"fast\"",
                        "generate",
                        "a",
                        "--compile=fast"),
                wrong(
                        2,
                        "--attention-backend: expected math, flash, efficient or cudnn, found \"sage\"",
                        "generate",
                        "a",
                        "--attention-backend",
                        "sage"),
                wrong(
                        2,
                        "--attention-backend: expected math, flash, efficient or cudnn, found \"flash,\"",
                        "generate",
                        "a",
                        "--attention-backend",
                        "flash,"),
                wrong(
                        2,
                        "--attention-slicing: expected auto, max or a number of heads, found \"half\"",
                        "generate",
                        "a",
                        "--attention-slicing",
                        "half"),
                wrong(
                        2,
                        "--attention-slicing: expected a whole number from 1 to 1024, found \"0\"",
                        "generate",
                        "a",
                        "--attention-slicing",
                        "0"),
                wrong(2, "--dynamic: expected --compile beside it, found none", "generate", "a", "--dynamic"),
                wrong(2, "--regional: expected --compile beside it, found none", "generate", "a", "--regional"),
                wrong(2, "--fullgraph: expected --compile beside it, found none", "generate", "a", "--fullgraph"),
                wrong(
                        2,
                        "--tuning-budget: expected --compile beside it, found none",
                        "generate",
                        "a",
                        "--tuning-budget",
                        "5"),
                wrong(
                        2,
                        "--tuning-budget: expected the mode max-autotune or max-autotune-no-cudagraphs beside it, found \"default\"",
                        "generate",
                        "a",
                        "--compile",
                        "--tuning-budget",
                        "5"),
                wrong(
                        2,
                        "--tuning-budget: expected a whole number from 0 to 1000000, found \"soon\"",
                        "generate",
                        "a",
                        "--compile=max-autotune",
                        "--tuning-budget",
                        "soon"),
                wrong(
                        2,
                        "--tuning-budget: expected the mode max-autotune or max-autotune-no-cudagraphs beside it, found \"default\"",
                        "bench",
                        "--tuning-budget",
                        "5"),
                wrong(2, "--explain: expected --compile beside it, found none", "generate", "a", "--explain"),
                wrong(2, "--package: expected --compile beside it, found none", "generate", "a", "--package", "x"),
                wrong(
                        4,
                        "--package: expected a file that can be read, found \"no\"",
                        "generate",
                        "a",
                        "--compile",
                        "--package",
                        "no"),
                wrong(
                        2,
                        "--device: expected cpu beside --package, found \"reference\"",
                        "generate",
                        "a",
                        "--compile",
                        "--device",
                        "reference",
                        "--package",
                        "x"),
                wrong(2, "--output: expected a value, found none", "package"),
                wrong(
                        2,
                        "--sizes: expected WIDTHxHEIGHT, such as 1024x1024, found \"512\"",
                        "package",
                        "-o",
                        "DIR/p",
                        "--sizes",
                        "512x512,512"),
                wrong(
                        2,
                        "--sizes: expected a multiple of 8 from 8 to 8192, found \"500\"",
                        "package",
                        "-o",
                        "DIR/p",
                        "--sizes",
                        "500x512"),
                wrong(
                        2,
                        "--targets: expected native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4, found \"znver3\"",
                        "package",
                        "-o",
                        "DIR/p",
                        "--targets",
                        "znver3"),
                wrong(4, "--output: expected a folder that exists, found \"DIR/no\"", "package", "-o", "DIR/no/p"),
                wrong(2, "--batch: expected a whole number from 1 to 64, found \"65\"", "generate", "a", "-b", "65"),
                wrong(2, "--threads: expected a whole number from 1 to 1024, found \"0\"", "generate", "a", "-t", "0"),
                wrong(
                        2,
                        "--memory-budget: expected a size such as 8G or 512M, found \"8Q\"",
                        "generate",
                        "a",
                        "--memory-budget",
                        "8Q"),
                wrong(
                        2,
                        "--output: expected a name that ends in .png, found \"a.jpg\"",
                        "generate",
                        "a",
                        "-o",
                        "a.jpg"),
                wrong(2, "--output: expected a value, found none", "generate", "a", "-o", "--force"),
                wrong(
                        2,
                        "--output: expected a file name for a batch, found \"-\"",
                        "generate",
                        "a",
                        "-o",
                        "-",
                        "-b",
                        "2"),
                wrong(
                        4,
                        "--output: expected a folder that exists, found \"DIR/none\"",
                        "generate",
                        "a",
                        "-o",
                        "DIR/none/a.png"),
                wrong(
                        4,
                        "--output: expected a file that can be written, found \"DIR/%s.png\" (File name too long)"
                                .formatted("x".repeat(300)),
                        "generate",
                        "a",
                        "-o",
                        "DIR/" + "x".repeat(300) + ".png"),
                wrong(
                        4,
                        "--output: expected a file, found the folder \"DIR/folder.png\"",
                        "generate",
                        "a",
                        "-o",
                        "DIR/folder.png"),
                wrong(
                        4,
                        "--output: expected a file that doesn't exist, found \"DIR/old.png\" (--force overwrites it)",
                        "generate",
                        "a",
                        "-o",
                        "DIR/old.png"),
                wrong(
                        4,
                        "--latents-in: expected a file that can be read, found \"DIR/none\"",
                        "generate",
                        "a",
                        "--latents-in",
                        "DIR/none"),
                wrong(
                        2,
                        "--latents-out: expected a name that ends in .safetensors, found \"x.pt\"",
                        "generate",
                        "a",
                        "--latents-out",
                        "x.pt"),
                wrong(
                        3,
                        "--model: expected a diffusers folder or an id in the local Hugging Face cache, found \"no/such\", which is neither",
                        "generate",
                        "a",
                        "-m",
                        "no/such"),
                wrong(
                        3,
                        "--model: expected a diffusers folder with a model_index.json, found \"DIR/folder.png\" without one",
                        "generate",
                        "a",
                        "-m",
                        "DIR/folder.png"),
                wrong(
                        3,
                        "--model: expected a diffusers folder, found the file \"DIR/old.png\"",
                        "generate",
                        "a",
                        "-m",
                        "DIR/old.png"),
                wrong(2, "--model: expected a file name, found \"a b\"", "generate", "a", "-m", "a\0b"),
                wrong(
                        3,
                        "MODEL: expected a diffusers folder or an id in the local Hugging Face cache, found \"../x\", which is neither",
                        "info",
                        "../x"),
                wrong(
                        2,
                        "--models: expected tiny, sd15, sdxl, vae, tiny-unet, tiny-vae-decode, sd15-unet, sd15-vae-decode, sd15-text-encoder, sdxl-unet, sdxl-vae-decode, sdxl-text-encoder, sdxl-text-encoder-2, found \"flux\"",
                        "bench",
                        "--models",
                        "tiny,flux"),
                wrong(2, "--models: expected each once, found \"tiny,tiny\"", "bench", "--models", "tiny,tiny"),
                wrong(
                        2,
                        "--modes: expected eager, default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs, found \"fast\"",
                        "bench",
                        "--modes",
                        "eager,fast"),
                wrong(
                        2,
                        "--modes: expected eager, default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs, found \"\"",
                        "bench",
                        "--modes",
                        "eager,"),
                wrong(2, "--modes: expected each once, found \"eager,eager\"", "bench", "--modes", "eager,eager"),
                wrong(
                        2,
                        "--regional: expected a mode that compiles beside it, found \"eager\"",
                        "bench",
                        "--modes",
                        "eager",
                        "--regional"),
                wrong(
                        2,
                        "--regional: expected a model that repeats blocks, a UNet, beside it, found \"sdxl-vae-decode,sd15-text-encoder\"",
                        "bench",
                        "--models",
                        "vae,sd15-text-encoder",
                        "--regional"),
                wrong(2, "--sizes: expected WIDTHxHEIGHT, such as 1024x1024, found \"512\"", "bench", "--sizes", "512"),
                wrong(2, "--sizes: expected each once, found \"64x64,64x64\"", "bench", "--sizes", "64x64,64x64"),
                wrong(
                        2,
                        "--sizes: expected a UNet or VAE beside it, found \"sd15-text-encoder\"",
                        "bench",
                        "--models",
                        "sd15-text-encoder",
                        "--sizes",
                        "64x64"),
                wrong(2, "--batch: expected a whole number from 1 to 64, found \"0\"", "bench", "--batch", "1,0"),
                wrong(2, "--rounds: expected a whole number from 1 to 1000, found \"0\"", "bench", "--rounds", "0"),
                wrong(2, "--warmup: expected a whole number from 0 to 1000, found \"-1\"", "bench", "--warmup=-1"),
                wrong(
                        2,
                        "--threads: expected a whole number from 1 to 1024, found \"two\"",
                        "bench",
                        "--threads",
                        "two"),
                wrong(
                        2,
                        "--memory-budget: expected a size such as 8G or 512M, found \"all\"",
                        "bench",
                        "--memory-budget",
                        "all"),
                wrong(2, "--json: expected a name that ends in .json, found \"a.txt\"", "bench", "--json", "a.txt"),
                wrong(2, "--html: expected a name that ends in .html, found \"a.htm\"", "bench", "--html", "a.htm"),
                wrong(
                        4,
                        "--html: expected a folder that exists, found \"DIR/none\"",
                        "bench",
                        "--html",
                        "DIR/none/a.html"),
                wrong(2, "unknown argument \"tiny\"", "bench", "tiny"),
                wrong(2, "unknown argument \"now\"", "doctor", "now"));
    }

    private static Arguments wrong(int exitCode, String line, String... words) {
        return Arguments.of(line, exitCode, words);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void wrong(String line, int exitCode, String[] words, @TempDir Path folder) throws IOException {
        Files.createDirectory(folder.resolve("folder.png"));
        Files.writeString(folder.resolve("old.png"), "old");
        CliFixture cli = new CliFixture(folder);

        int result = cli.run(words);

        assertThat(cli.err()).isEqualTo("tintype: " + line.replace('\ud800', '?') + System.lineSeparator());
        assertThat(result).isEqualTo(exitCode);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.requests).isEmpty();
        assertThat(cli.benchmarked).isEmpty();
        assertThat(folder.resolve("old.png")).hasContent("old");
    }
}
