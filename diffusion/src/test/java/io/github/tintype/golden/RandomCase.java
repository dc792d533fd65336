package io.github.tintype.golden;

import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.HostTensor;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;

/** Draws of torch's CPU generator; integers exactly, normal numbers within the case's tolerance. */
final class RandomCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, TorchGenerator> sequences = new HashMap<>();
        folder.tensors(golden.file(".safetensors"))
                .forEach((key, want) -> CaseChecker.part(soft, key, () -> {
                    String[] parts = key.split("/", -1);
                    HostTensor got = draw(parts, want, sequences);
                    tolerance(golden, parts[0], want).check(soft, key, got, want);
                }));
    }

    private static HostTensor draw(String[] parts, HostTensor want, Map<String, TorchGenerator> sequences) {
        long seed = Long.parseUnsignedLong(parts[1].substring("seed".length()));
        TorchGenerator fresh = new TorchGenerator(seed);
        long[] shape = want.type().shape().sizes();
        return switch (parts[0]) {
            case "randn" -> fresh.randn(want.type().dtype(), shape);
            case "rand" -> fresh.rand(want.type().dtype(), shape);
            case "randperm" -> fresh.randperm(Math.toIntExact(shape[0]));
            case "randint" -> {
                String[] range = parts[2].split("_", -1);
                yield fresh.randint(Long.parseLong(range[0]), Long.parseLong(range[1]), shape);
            }
            case "sequence" -> {
                TorchGenerator generator = sequences.computeIfAbsent(parts[1], _ -> fresh);
                yield generator.randn(want.type().dtype(), shape);
            }
            default -> throw new AssertionError("unknown draw " + parts[0]);
        };
    }

    private static Tolerance tolerance(GoldenCase golden, String op, HostTensor want) {
        if (!op.equals("randn") && !op.equals("sequence")) {
            return Tolerance.EXACT;
        }
        // the manifest allows one unit in the last place of the half types
        return switch (want.type().dtype()) {
            case F16 -> new Tolerance(0x1p-10, 0);
            case BF16 -> new Tolerance(0x1p-7, 0);
            case F64, F32, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL -> golden.tolerance();
        };
    }
}
