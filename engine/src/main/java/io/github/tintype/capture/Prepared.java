package io.github.tintype.capture;

import io.github.tintype.compile.Plan;
import io.github.tintype.device.Kernel;
import java.util.List;

/**
 * What a call would run, without weights.
 *
 * @param plans what runs once for a request, if anything does, and what each call runs
 */
public record Prepared(List<Plan> plans) {
    public Prepared {
        plans = List.copyOf(plans);
    }

    /** All kernels. */
    public List<Kernel> kernels() {
        return plans.stream()
                .flatMap(plan -> plan.calls().stream())
                .<Kernel>map(call -> call.kernel())
                .toList();
    }
}
