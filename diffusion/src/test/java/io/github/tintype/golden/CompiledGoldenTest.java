package io.github.tintype.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Mode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each forward of a text encoder, UNet and VAE again, compiled as one graph: in each mode, for fixed sizes and with all sizes open.
 * The tolerances are those of the uncompiled ones.
 */
class CompiledGoldenTest {
    private final GoldenFolder folder = GoldenFolder.ofSystemProperty();

    @TestFactory
    Stream<DynamicTest> compiledModulesGiveTheGoldenResult() {
        List<GoldenCase> cases = folder.cases().stream()
                .filter(golden -> golden.kind().equals("module"))
                .filter(golden -> !GoldenSuiteTest.isUnsupported(golden))
                .toList();
        assertThat(cases).isNotEmpty();
        return Arrays.stream(Mode.values())
                .flatMap(mode -> Stream.of(Dynamic.NEVER, Dynamic.ALWAYS)
                        .flatMap(dynamic -> cases.stream().map(golden -> test(golden, mode, dynamic))));
    }

    @TestFactory
    Stream<DynamicTest> compiledQuantisedModelsGiveTheGoldenResult() {
        GoldenCase unet = folder.cases().stream()
                .filter(golden -> golden.id().equals("quant/unet"))
                .findFirst()
                .orElseThrow();
        return Stream.of(Dynamic.NEVER, Dynamic.ALWAYS)
                .map(dynamic -> test(unet, new QuantCase(), Mode.DEFAULT, dynamic));
    }

    private DynamicTest test(GoldenCase golden, Mode mode, Dynamic dynamic) {
        return test(golden, new ModuleCase(), mode, dynamic);
    }

    private DynamicTest test(GoldenCase golden, CaseChecker checker, Mode mode, Dynamic dynamic) {
        CompileOptions options = CompileOptions.DEFAULT
                .withMode(mode)
                .withDynamic(dynamic)
                .withDuckShape(false)
                .withFullgraph(true);
        return DynamicTest.dynamicTest(
                "%s %s %s".formatted(golden.id(), mode, dynamic),
                () -> ScopedValue.where(TestEngine.OPTIONS, options).run(() -> {
                    SoftAssertions soft = new SoftAssertions();
                    checker.check(golden, folder, soft);
                    soft.assertAll();
                }));
    }
}
