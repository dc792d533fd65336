package io.github.tintype.user;

import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Mode;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What users of torch.compile complain about, and that it can't happen here. Each test names the issue. */
class ComplaintsTest {
    private static final CompileOptions STRICT =
            CompileOptions.DEFAULT.withFullgraph(true).withRecompileLimit(1);

    private final CaptureFixture fixture = new CaptureFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Attention over pixels, with a text of its own length. */
    record Block(String path, Weight q, Weight kv) implements Module.Of1<Block.Input, Tensor> {
        record Input(Tensor image, Tensor text) {}

        @Override
        public Tensor forward(Input input) {
            Tensor image = input.image();
            Tensor tokens =
                    image.permute(0, 2, 3, 1).reshape(image.dim(0), image.dim(2).times(image.dim(3)), image.dim(1));
            Tensor query = tokens.linear(q, Optional.empty()).unsqueeze(1);
            Tensor keys = input.text().linear(kv, Optional.empty()).unsqueeze(1);
            return query.scaledDotProductAttention(keys, keys, Optional.empty(), false, 0.5)
                    .squeeze(1)
                    .add(tokens);
        }
    }

    private Block block(String path) {
        return new Block(path, fixture.weight(path + ".q", 4, 4), fixture.weight(path + ".kv", 4, 6));
    }

    /** diffusers#11360: each new resolution compiles anew. */
    @Test
    void aNewResolutionCompilesNothing() {
        Block block = block("block");
        Compiled<Block.Input, Tensor> compiled = fixture.compiler.compile(
                block,
                STRICT.withDynamic(Dynamic.declared(
                        new Dynamic.Axis("image", 2, "h", 1, 64), new Dynamic.Axis("image", 3, "w", 1, 64))));
        for (long[] size : new long[][] {{8, 8}, {8, 12}, {9, 13}, {1, 64}, {25, 41}}) {
            Block.Input input = new Block.Input(fixture.tensor(1, 4, size[0], size[1]), fixture.tensor(1, 7, 6));
            assertThat(floats(compiled.call(input))).isEqualTo(floats(block.call(input)));
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
    }

    /** diffusers#10932, pytorch#163329: equal blocks compile once for each object. */
    @Test
    void anEqualBlockWithOtherWeightsIsNoNewGuard() {
        List<Block> blocks =
                IntStream.range(0, 12).mapToObj(i -> block("blocks." + i)).toList();
        Function<Block.Input, Tensor> stack = input -> {
            Tensor sum = input.image().flatten(2, 3).transpose(1, 2);
            for (Block block : blocks) {
                sum = sum.add(block.call(input));
            }
            return sum;
        };
        Compiled<Block.Input, Tensor> compiled = fixture.compiler.compile("stack", stack, STRICT);
        Block.Input input = new Block.Input(fixture.tensor(1, 4, 3, 5), fixture.tensor(1, 7, 6));
        assertThat(floats(compiled.call(input))).isEqualTo(floats(stack.apply(input)));
        Explanation explanation = compiled.explain();
        assertThat(explanation.graphs()).hasSize(1);
        assertThat(explanation.graphs().getFirst().guards())
                .containsExactly( // no object, no block
                        "image: f32[1,4,3,5]", "text: f32[1,7,6]", "attention: any back end");
    }

    /** pytorch#150702, #104913, lora-fast#5: dynamic=True compiles anew for another number of images. */
    @Test
    void anotherBatchOrTextLengthCompilesNothing() {
        Block block = block("block");
        Compiled<Block.Input, Tensor> compiled = fixture.compiler.compile(
                block,
                STRICT.withDynamic(Dynamic.declared(
                        new Dynamic.Axis("image", 0, "batch", 1, 8),
                        new Dynamic.Axis("text", 0, "batch", 1, 8),
                        new Dynamic.Axis("text", 1, "length", 1, 300))));
        for (long batch : new long[] {2, 1, 8, 3}) {
            for (long length : new long[] {77, 1, 231}) {
                Block.Input input = new Block.Input(fixture.tensor(batch, 4, 3, 5), fixture.tensor(batch, length, 6));
                assertThat(floats(compiled.call(input))).isEqualTo(floats(block.call(input)));
            }
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
        assertThat(compiled.explain().recompiles()).isEmpty();
    }

    /** diffusers#9279, #5227, #7159: loading or swapping a LoRA compiles anew. Low-rank factors are arguments, the rank is open. */
    @Test
    void lowRankFactorsOfAnyRankAreArguments() {
        record Adapted(Tensor x, Tensor down, Tensor up, Tensor scale) {}
        Weight weight = fixture.weight("w", 5, 4);
        Function<Adapted, Tensor> layer = in -> in.x()
                .linear(weight, Optional.empty())
                .add(in.x().matmul(in.down()).matmul(in.up()).mul(in.scale()));
        Compiled<Adapted, Tensor> compiled = fixture.compiler.compile(
                "lora",
                layer,
                STRICT.withDynamic(Dynamic.declared(
                        new Dynamic.Axis("down", 1, "rank", 1, 128), new Dynamic.Axis("up", 0, "rank", 1, 128))));
        Tensor x = fixture.tensor(3, 4);
        for (long rank : new long[] {11, 7, 13, 1, 128}) {
            Adapted argument =
                    new Adapted(x, fixture.tensor(4, rank), fixture.tensor(rank, 5), fixture.number(0.1f * rank));
            assertThat(floats(compiled.call(argument))).isEqualTo(floats(layer.apply(argument)));
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
    }

    /** diffusers#7420: an output is overwritten by the next call. */
    @Test
    void anOutputIsTheCallersForGood() {
        Function<Tensor, Tensor> function = x -> x.mul(2).tanh();
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", function, STRICT.withMode(Mode.REDUCE_OVERHEAD));
        Tensor a = fixture.tensor(64);
        Tensor first = compiled.call(a);
        float[] before = floats(first);
        for (int i = 0; i < 50; i++) {
            compiled.call(fixture.tensor(64));
        }
        assertThat(floats(first)).isEqualTo(before).isEqualTo(floats(function.apply(a)));
        assertThat(floats(compiled.call(first))).isEqualTo(floats(function.apply(first)));
    }

    /** pytorch#144859, #155332, #172547: something was compiled again and nobody says why. */
    @Test
    void everyRecompileNamesTheGuardOfEachGraphThatDidNotFit() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f", (Tensor x) -> x.mul(2), CompileOptions.DEFAULT.withDynamic(Dynamic.NEVER));
        compiled.call(fixture.tensor(2, 3));
        compiled.call(fixture.tensor(2, 4));
        compiled.call(fixture.tensor(2));
        assertThat(compiled.explain().recompiles())
                .extracting(Explanation.Recompile::guards)
                .containsExactly(
                        List.of("x[1]: got 4, wanted 3"),
                        List.of("x: got f32[2], wanted f32[2,4]", "x: got f32[2], wanted f32[2,3]"));
    }

    /** stable-fast#82: another strength compiles anew. */
    @Test
    void anotherNumberCompilesNothing() {
        record Strength(Tensor x, Tensor strength) {}
        Function<Strength, Tensor> function = in -> in.x().mul(in.strength()).add(1);
        Compiled<Strength, Tensor> compiled = fixture.compiler.compile("f", function, STRICT);
        Tensor x = fixture.tensor(5);
        for (float strength : new float[] {0, 0.25f, 1, Float.MAX_VALUE, -3}) {
            Strength argument = new Strength(x, fixture.number(strength));
            assertThat(floats(compiled.call(argument))).isEqualTo(floats(function.apply(argument)));
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
    }
}
