package io.github.tintype.tensor;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.List;

/**
 * By which back ends attention may be computed.
 *
 * @param allowed each once; without a priority in the order of {@link SdpBackend}, so that equal sets are equal choices
 * @param prioritised whether the first one of the list that can is taken; otherwise the device takes which of them it likes best
 */
public record SdpaChoice(List<SdpBackend> allowed, boolean prioritised) {
    /** All of them: whatever the device computes fastest, be it by a kernel beyond the limits that a back end has when it is asked for by name. */
    public static final SdpaChoice AUTOMATIC = new SdpaChoice(List.of(SdpBackend.values()), false);

    public SdpaChoice {
        if (allowed.isEmpty()) {
            throw new IllegalArgumentException(
                    "attention: got no back end, wanted some of " + Arrays.toString(SdpBackend.values()));
        }
        allowed = prioritised
                ? allowed.stream().distinct().toList()
                : allowed.stream().distinct().sorted().toList();
        prioritised = prioritised && allowed.size() > 1;
    }

    /** Nothing but {@code backend}. */
    public static SdpaChoice of(SdpBackend backend) {
        return new SdpaChoice(List.of(backend), false);
    }

    public boolean isAutomatic() {
        return equals(AUTOMATIC);
    }

    public boolean allows(SdpBackend backend) {
        return allowed.contains(backend);
    }

    /** What is to be tried before {@link SdpBackend#MATH}, which always can: with a priority what stands before it, in this order; without one all others. */
    public List<SdpBackend> kernels() {
        int math = allowed.indexOf(SdpBackend.MATH);
        if (prioritised && math >= 0) {
            return allowed.subList(0, math);
        }
        return allowed.stream().filter(backend -> backend != SdpBackend.MATH).toList();
    }

    /** {@code FLASH_ATTENTION, then MATH}; {@code FLASH_ATTENTION or MATH} without a priority. */
    @Override
    public String toString() {
        return isAutomatic()
                ? "any back end"
                : allowed.stream().map(SdpBackend::name).collect(joining(prioritised ? ", then " : " or "));
    }
}
