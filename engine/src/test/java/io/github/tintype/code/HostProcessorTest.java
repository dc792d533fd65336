package io.github.tintype.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HostProcessorTest {
    private static final String V2 = "fpu sse sse2 cx16 lahf_lm popcnt pni ssse3 sse4_1 sse4_2";
    private static final String V3 = V2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
    private static final String V4 = V3 + " avx512f avx512bw avx512cd avx512dq avx512vl";

    private static Target of(String... flags) {
        return HostProcessor.target(
                "amd64",
                "Linux",
                Stream.of(flags)
                        .flatMap(each -> Stream.of("processor\t: 0", "flags\t\t: " + each, "vmx flags\t: avx512f")));
    }

    private static Target target(String cpu, String features, int lanes) {
        return new Target("x86_64-unknown-linux-gnu", cpu, features, lanes);
    }

    @Test
    void isTheHighestLevelThatIsWhole() {
        assertThat(of("fpu sse sse2")).isEqualTo(target("x86-64", "", 4));
        assertThat(of(V2)).isEqualTo(target("x86-64-v2", "", 4));
        assertThat(of(V3)).isEqualTo(target("x86-64-v3", "", 8));
        assertThat(of(V4)).isEqualTo(target("x86-64-v4", "", 16));
    }

    @Test
    void namesWhatIsBeyondTheLevelAsLlvmDoes() {
        assertThat(of(V3 + " avx_vnni gfni sha_ni")).isEqualTo(target("x86-64-v3", "+avxvnni,+gfni", 8));
        assertThat(of(V4 + " avx512_bf16 avx512_fp16 amx_tile amx_bf16"))
                .isEqualTo(target("x86-64-v4", "+avx512bf16,+avx512fp16,+amx-tile,+amx-bf16", 16));
    }

    @Test
    void aFeatureThatAVirtualMachineHidesIsNotCountedOn() {
        assertThat(of(V3.replace("movbe ", "")))
                .isEqualTo(target("x86-64-v2", "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+xsave", 8));
    }

    @Test
    void ofProcessorsThatDifferCountsWhatAllHave() {
        assertThat(of(V4 + " gfni", V3 + " gfni")).isEqualTo(target("x86-64-v3", "+gfni", 8));
    }

    @Test
    void anUnknownMachineIsThePlainestOne() {
        assertThat(HostProcessor.target("amd64", "Linux", Stream.of())).isEqualTo(target("x86-64", "", 4));
        assertThat(HostProcessor.target("aarch64", "Mac OS X", Stream.of()))
                .isEqualTo(new Target("aarch64-unknown-macosx", "generic", "", 4));
    }

    @Test
    void thisMachineTellsWhatItIs() {
        assertThat(HostProcessor.target().triple()).endsWith("-linux-gnu");
    }
}
