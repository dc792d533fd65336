package io.github.tintype.runtime;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One kernel call, for Java Flight Recorder. Off unless a recording asks for it. */
@Name("io.github.tintype.Kernel")
@Label("Kernel")
@Category("Tintype")
@StackTrace(false)
@Enabled(false)
final class KernelEvent extends Event {
    @Label("Program")
    String program = "";

    @Label("Operator")
    String operator = "";

    @Label("Module")
    String module = "";

    @Label("Implementation")
    String implementation = "";

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Floating-point operations")
    long flops;
}
