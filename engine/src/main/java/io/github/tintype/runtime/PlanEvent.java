package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Tracing, planning and binding of a program for new input types, for Java Flight Recorder. */
@Name("io.github.tintype.Plan")
@Label("Plan")
@Category("Tintype")
@StackTrace(false)
final class PlanEvent extends Event {
    @Label("Program")
    String program = "";

    @Label("Kernel calls")
    int calls;

    @Label("Slab")
    @DataAmount
    long slabBytes;

    @Label("Weights")
    @DataAmount
    long weightBytes;

    /** Ends here, with what {@code plan} says. */
    void commit(String name, Plan plan) {
        program = name;
        calls = plan.calls().size();
        slabBytes = plan.slabBytes();
        weightBytes = plan.weightBytes();
        commit();
    }
}
