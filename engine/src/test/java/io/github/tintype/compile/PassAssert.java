package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Device;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GraphText;
import io.github.tintype.reference.ReferenceDevice;

/** Text in, text out: what a pass makes of a graph. See {@link GraphParser} for the text. */
record PassAssert(Pass pass, Device device, CompileFlags flags, Graph graph) {
    /** {@code pass} on a device that supports nothing but primitives. */
    static PassAssert on(Pass pass, String text) {
        return on(pass, new ReferenceDevice(), text);
    }

    static PassAssert on(Pass pass, Device device, String text) {
        return new PassAssert(pass, device, CompileFlags.DEFAULT, GraphParser.parse(text));
    }

    /** Without the lines that declare leaves. The result also holds what every pass promises. */
    void becomes(String text) {
        Graph result = pass.apply(graph, new PassContext(device, flags));
        assertThat(body(GraphText.of(result))).isEqualTo(text.strip());
        assertThat(result).isNotEqualTo(graph);
        GraphVerifier.check(pass.name(), graph, result);
        assertThat(pass.apply(result, new PassContext(device, flags)))
                .as("once more")
                .isSameAs(result);
    }

    void doesNotFire() {
        assertThat(pass.apply(graph, new PassContext(device, flags))).isSameAs(graph);
    }

    private static String body(String text) {
        return text.lines()
                .filter(line -> !line.matches("in\\d+: .*"))
                .reduce("", (a, b) -> a + "\n" + b)
                .strip();
    }
}
