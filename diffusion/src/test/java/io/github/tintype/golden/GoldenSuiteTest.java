package io.github.tintype.golden;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** One test for each case of the fixtures folder. A case fails unless it passes or matches {@link #NOT_SUPPORTED_YET}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenSuiteTest {
    /** Ids (regular expressions) of what the project can't do yet. Everything else must pass. */
    private static final List<String> NOT_SUPPORTED_YET = List.of(
            "[a-z-]+/flux-.*",
            "[a-z-]+/sd3.*",
            "[a-z-]+/(taesd|controlnet-sdxl)(/.*)?",
            "(pipeline/)?lora[-/].*",
            "tokenizer/t5",
            "pipeline/.*/(img2img|inpaint|refiner).*",
            "scheduler/(DDPM|LMSDiscrete|Heun|KDPM2|UniPC|DEIS|DPMSolverSinglestep|LCM|TCD|EDM|FlowMatch).*",
            "pipeline/.*/sched-(unipc|heun|lms|lcm)");

    private static final Map<String, CaseChecker> CHECKERS = Map.ofEntries(
            entry("random", new RandomCase()),
            entry("tokenizer", new TokenizerCase()),
            entry("scheduler", new SchedulerCase()),
            entry("checkpoint", new CheckpointCase()),
            entry("module", new ModuleCase()),
            entry("fuse", new FuseCase()),
            entry("module-intermediates", new IntermediatesCase()),
            entry("pipeline", new PipelineCase()),
            entry("attention", new AttentionCase()),
            entry("quant", new QuantCase()),
            entry("images", new ImagesCase()),
            entry("tiling", new TilingCase()),
            entry("malformed", new MalformedCase()));

    private final GoldenFolder folder = GoldenFolder.ofSystemProperty();
    private final List<GoldenCase> cases = folder.cases();
    private final Map<String, Integer> passed = new TreeMap<>();

    @TestFactory
    Stream<DynamicTest> everyCaseGivesTheGoldenResult() {
        assertThat(cases).isNotEmpty();
        return cases.stream()
                .filter(golden -> !isUnsupported(golden))
                .map(golden -> DynamicTest.dynamicTest(golden.id(), () -> check(golden)));
    }

    private void check(GoldenCase golden) {
        CaseChecker checker = Optional.ofNullable(CHECKERS.get(golden.kind()))
                .orElseThrow(() -> new AssertionError("no checker of kind " + golden.kind()));
        SoftAssertions soft = new SoftAssertions();
        checker.check(golden, folder, soft);
        soft.assertAll();
        passed.merge(golden.kind(), 1, Integer::sum);
    }

    static boolean isUnsupported(GoldenCase golden) {
        return NOT_SUPPORTED_YET.stream().anyMatch(golden.id()::matches);
    }

    @AfterAll
    void summary() {
        int sum = passed.values().stream().mapToInt(Integer::intValue).sum();
        String kinds = passed.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
        System.out.printf("golden: %d passed of %d (%s)%n", sum, cases.size(), kinds);
    }
}
