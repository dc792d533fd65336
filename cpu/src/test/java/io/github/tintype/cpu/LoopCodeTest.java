package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.Build;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.device.Effort;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DeviceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopCodeTest {
    private static final byte RETURN = (byte) 0xc3;

    @TempDir
    Path folder = Path.of("");

    /* Makes functions that return at once. */
    private static final class Compilers implements LoopCompilerProvider {
        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger compiled = new AtomicInteger();
        private final String version;
        private final Target host;

        Compilers(String version, int lanes) {
            this.version = version;
            host = new Target("x86_64-linux", "x86-64-v3", "", lanes);
        }

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public String version() {
            return version;
        }

        @Override
        public Target host() {
            return host;
        }

        @Override
        public LoopCompiler open(Path cache) {
            opened.incrementAndGet();
            return new LoopCompiler() {
                @Override
                public Image compile(Program program, Target target, CompileEffort effort) {
                    compiled.incrementAndGet();
                    assertThat(target).isEqualTo(host);
                    return new Image(
                            new byte[] {RETURN},
                            Map.of(program.kernels().getFirst().name(), 0));
                }

                @Override
                public Listing listing(Program program, Target target, CompileEffort effort) {
                    return new Listing("", "");
                }
            };
        }
    }

    private static Program program(String name) {
        Argument.Size n = new Argument.Size("n");
        Kernel kernel =
                new Kernel(name + "_0", List.of(new Axis(new Var("i0"), new Index.Size(n))), List.of(), List.of());
        return new Program(name, List.of(), List.of(n), List.of(), List.of(kernel));
    }

    private static LoopCode.Unit unit(String name) {
        return LoopCode.Unit.of(program(name), Effort.USUAL);
    }

    private LoopCode code(LoopCompilerProvider provider) {
        return code(provider, cache());
    }

    private CacheUse cache() {
        return new CacheUse(new CompileCache(folder.resolve("code")), Build::engine);
    }

    private LoopCode code(LoopCompilerProvider provider, CacheUse cache) {
        return new LoopCode(provider, folder, cache);
    }

    @Test
    void aSecondStartLoadsNoCompiler() {
        Compilers first = new Compilers("1", 8);
        CacheUse coldUse = cache();
        LoopCode cold = code(first, coldUse);
        LoopCode.Functions kept = cold.of(unit("a"));
        assertThat(cold.of(unit("a"))).isSameAs(kept);
        LoopCode.Functions other = cold.of(unit("b"));
        assertThat(first.opened).hasValue(1);
        assertThat(first.compiled).hasValue(2);
        assertThat(coldUse.report())
                .hasToString(
                        "code cache: 0 found, 2 compiled%n  a: never compiled: the cache is empty%n  b: never compiled"
                                .formatted());

        Compilers second = new Compilers("1", 8);
        CacheUse warmUse = cache();
        LoopCode warm = code(second, warmUse);
        warm.of(unit("a")).get(0).call(0, 0, 1);
        assertThat(second.opened).hasValue(0);
        assertThat(warmUse.report()).hasToString("code cache: 1 found, 0 compiled");
        assertThat(warmUse.report().keys())
                .containsExactly(coldUse.report().keys().getFirst());
        other.get(0).call(0, 0, 1);
    }

    @Test
    void anotherCompilerOrProcessorCompilesAndSaysWhy() {
        code(new Compilers("1", 8)).of(unit("a"));
        CacheUse use = cache();
        LoopCode other = code(new Compilers("2", 16), use);
        other.of(unit("a"));
        assertThat(use.report().missed())
                .extracting(miss -> miss.why().reason())
                .containsExactly("another compiler: 1, here 2; another number of lanes: 8, here 16");
    }

    @Test
    void withoutAUsableDirectoryEverythingIsCompiled() throws Exception {
        Files.createFile(folder.resolve("code"));
        Compilers compilers = new Compilers("1", 8);
        CacheUse use = cache();
        LoopCode code = code(compilers, use);
        code.of(unit("a")).get(0).call(0, 0, 1);
        assertThat(compilers.compiled).hasValue(1);
        assertThat(use.report().missed())
                .extracting(miss -> miss.why().reason())
                .containsExactly("no cache: %s: it is no directory, nor may it be a link to one"
                        .formatted(folder.resolve("code")));
    }

    @Test
    void aCompilerThatDoesNotLoadIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        Compilers working = new Compilers("1", 8);
        LoopCode code = code(new LoopCompilerProvider() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public String version() {
                return "1";
            }

            @Override
            public LoopCompiler open(Path cache) {
                if (tries.getAndIncrement() == 0) {
                    throw new DeviceException(DeviceException.Reason.NATIVE, "no compiler");
                }
                return working.open(cache);
            }

            @Override
            public Target host() {
                return working.host();
            }
        });
        assertThatThrownBy(() -> code.of(unit("a"))).hasMessage("no compiler");
        code.of(unit("a")).get(0).call(0, 0, 1);
        assertThat(tries).hasValue(2);
    }
}
