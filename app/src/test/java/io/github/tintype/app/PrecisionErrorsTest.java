package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be got wrong about types, attention and quantisation: the exit code and the one line that answer it. */
class PrecisionErrorsTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            generate a --dtype half | 2 | dtype: got "half", wanted f32, bf16 or f16
            generate a --dtype f64 | 2 | dtype: got F64 for default, wanted F32, BF16 or F16
            generate a --dtype int8 | 2 | dtype: got "int8", wanted f32, bf16 or f16
            generate a --dtype torch.bfloat16 | 2 | dtype: got "torch.bfloat16", wanted f32, bf16 or f16
            generate a --dtype unet=half | 2 | dtype: got "half", wanted f32, bf16 or f16
            generate a --dtype =bf16 | 2 | dtype: got "=bf16", wanted component=type
            generate a --dtype unet= | 2 | dtype: got "", wanted f32, bf16 or f16
            generate a --dtype unet=f16,unet=bf16 | 2 | dtype: got two types for unet
            generate a --dtype unet:f16=bf16=f16 | 2 | dtype: got "unet:f16=bf16=f16", wanted component=type
            generate a --layerwise-casting bf16 | 2 | --layerwise-casting: expected f8_e4m3 or f8_e5m2, found "bf16"
            generate a --layerwise-casting f8 | 2 | --layerwise-casting: expected f8_e4m3 or f8_e5m2, found "f8"
            generate a --matmul-precision low | 2 | --matmul-precision: expected highest, high or medium, found "low"
            generate a --matmul-precision tf32 | 2 | --matmul-precision: expected highest, high or medium, found "tf32"
            generate a --matmul-precision high --device reference | 2 | --device: expected cpu beside --matmul-precision, found "reference"
            generate a --attention-backend sage | 2 | --attention-backend: expected math, flash, efficient or cudnn, found "sage"
            generate a --attention-backend flash, | 2 | --attention-backend: expected math, flash, efficient or cudnn, found "flash,"
            generate a --attention-backend FLASH_ATTENTION | 2 | --attention-backend: expected math, flash, efficient or cudnn, found "FLASH_ATTENTION"
            generate a --attention-slicing half | 2 | --attention-slicing: expected auto, max or a number of heads, found "half"
            generate a --attention-slicing 0 | 2 | --attention-slicing: expected a whole number from 1 to 1024, found "0"
            generate a --attention-slicing 2000 | 2 | --attention-slicing: expected a whole number from 1 to 1024, found "2000"
            generate a --attention-slicing -1 | 2 | --attention-slicing: expected auto, max or a number of heads, found "-1"
            generate a --quantize int9 | 2 | --quantize: expected one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, or a .json of tintype calibrate, found "int9"
            generate a --quantize int4-weight-only --group-size 48 | 2 | --group-size: group size: got 48, wanted one of [32, 64, 128, 256]
            generate a --quantize int4-weight-only --group-size 0 | 2 | --group-size: expected a whole number from 1 to 2147483647, found "0"
            generate a --quantize int4-weight-only --group-size many | 2 | --group-size: expected a whole number from 1 to 2147483647, found "many"
            generate a --quantize int8-dynamic --group-size 32 | 2 | --group-size: group size: got 32 for int8-dynamic, wanted none: only int4-weight-only has groups
            generate a --quantize int8-dynamic --filter (( | 2 | --filter: filter: got "((", wanted a regular expression: Unclosed group
            generate a --quantize int8-dynamic --components unet,scheduler | 2 | --components: expected some of text_encoder, text_encoder_2, unet, vae, found "scheduler"
            generate a --quantize int8-dynamic --components unet, | 2 | --components: expected some of text_encoder, text_encoder_2, unet, vae, found ""
            generate a --group-size 32 | 2 | --group-size: expected --quantize beside it, found none
            generate a --filter all | 2 | --filter: expected --quantize beside it, found none
            generate a --components unet | 2 | --components: expected --quantize beside it, found none
            generate a --quantize nowhere.json | 4 | --quantize: expected a file that can be read, found "nowhere.json"
            quantize -o DIR/q | 2 | --config: expected it or --choice, found neither
            quantize -o DIR/q --config bf16 | 2 | --config: expected one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, or a .json of tintype calibrate, found "bf16"
            quantize -o DIR/q --config int8-dynamic --choice x.json | 2 | --config: expected it or --choice, found both
            bench --dtypes f8 | 2 | --dtypes: expected f32, bf16, f16, found "f8"
            bench --dtypes f32,f32 | 2 | --dtypes: expected each once, found "f32,f32"
            bench --quantize int4-weight-only | 2 | --quantize: expected int8-dynamic, int8-weight-only, float8-weight-only, float8-dynamic, found "int4-weight-only"
            bench --quantize int8 | 2 | --quantize: expected int8-dynamic, int8-weight-only, float8-weight-only, float8-dynamic, found "int8"
            bench --ladder --fuse-qkv | 2 | --fuse-qkv: expected none beside --ladder, which has steps of its own
            bench --ladder --dtypes bf16 | 2 | --dtypes: expected none beside --ladder, which has steps of its own
            bench --ladder --quantize int8-dynamic | 2 | --quantize: expected none beside --ladder, which has steps of its own
            bench --ladder --modes eager | 2 | --modes: expected one of default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs, found "eager"
            bench --ladder --modes default,max-autotune | 2 | --modes: expected one of default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs, found "default,max-autotune"
            package -o DIR/a.tintype --dtype half | 2 | dtype: got "half", wanted f32, bf16 or f16
            package -o DIR/a.tintype --quantize int9 | 2 | --quantize: expected one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, or a .json of tintype calibrate, found "int9"
            package -o DIR/a.tintype --attention-backend sage | 2 | --attention-backend: expected math, flash, efficient or cudnn, found "sage"
            calibrate --budget psnr=35 -o DIR/c.json --config int9 | 2 | --config: expected some of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, bf16, f16, f8_e4m3, f8_e5m2, found "int9"
            calibrate --budget psnr -o DIR/c.json | 2 | --budget: expected METRIC=BOUND with one of psnr, ssim, cosine, max-abs, found "psnr"
            calibrate --budget fid=3 -o DIR/c.json | 2 | --budget: expected METRIC=BOUND with one of psnr, ssim, cosine, max-abs, found "fid=3"
            calibrate -o DIR/c.json | 2 | --budget: expected one or more, such as psnr=35, found none
            quantize -o DIR/models --config int8-dynamic | 4 | --output: expected a folder that doesn't exist, found "DIR/models"
            quantize -o DIR/none/q --config int8-dynamic | 4 | --output: expected a new folder in one that exists, found "DIR/none/q"
            quantize nowhere -o DIR/q --config int8-dynamic | 3 | MODEL: expected a diffusers folder or an id in the local Hugging Face cache, found "nowhere", which is neither
            bench --ladder --regional | 2 | --regional: expected none beside --ladder, which has steps of its own
            calibrate --budget cosine=2 -o DIR/c.json | 2 | --budget: expected a bound that equal pictures hold, found "cosine=2"
            calibrate --budget max-abs=-1 -o DIR/c.json | 2 | --budget: expected a bound that equal pictures hold, found "max-abs=-1"
            """)
    void eachMistakeIsOneClearLine(String words, int exitCode, String line, @TempDir Path folder) throws IOException {
        Path model = Files.createDirectories(folder.resolve("models/tiny-cartoon-sdxl/pipeline"));
        Files.createFile(model.resolve("model_index.json"));
        CliFixture cli = new CliFixture(folder);

        int result = cli.run(words.split(" "));

        assertThat(cli.err()).isEqualTo("tintype: " + line + System.lineSeparator());
        assertThat(result).isEqualTo(exitCode);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.requests).isEmpty();
        assertThat(cli.packaged).isEmpty();
        assertThat(cli.quantized).isEmpty();
        assertThat(cli.calibrated).isEmpty();
        assertThat(cli.benchmarked).isEmpty();
    }
}
