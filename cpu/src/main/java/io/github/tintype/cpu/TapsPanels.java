package io.github.tintype.cpu;

import io.github.tintype.loop.template.TapsTemplate;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;

/** Lays a convolution's weight [outputs,inputs,kh,kw] out as {@link TapsTemplate} wants it, in its type. It is small: a few outputs. */
record TapsPanels(TapsTemplate template, long inputs) {
    /** Bytes of all panels. */
    long bytes() {
        return template.tile().panelElements(template.columns(), inputs)
                * template.weight().bytes();
    }

    /** Everything that decides the bytes. */
    String key() {
        return "taps %d %s".formatted(template.tile().columns(), template.weight());
    }

    /** The weight lies at {@code weights} as elements of {@code from}. */
    void pack(long weights, DType from, long packed) {
        long elements = template.columns() * inputs;
        float[] values = new float[Math.toIntExact(elements)];
        HostTensor.convert(
                Native.view(weights, elements * from.bytes()),
                from,
                MemorySegment.ofArray(values),
                DType.F32,
                elements);
        long count = template.tile().panelElements(template.columns(), inputs);
        float[] panels = new float[Math.toIntExact(count)];
        int at = 0;
        for (int output = 0; output < template.outputs(); output++) {
            for (int input = 0; input < inputs; input++) {
                for (int i = 0; i < template.high(); i++) {
                    for (int j = 0; j < template.wide(); j++) {
                        int column = template.column(i, j, output);
                        panels[Math.toIntExact(template.tile().panelIndex(column, input, inputs))] = values[at++];
                    }
                }
            }
        }
        HostTensor.convert(
                MemorySegment.ofArray(panels), DType.F32, Native.view(packed, bytes()), template.weight(), count);
    }
}
