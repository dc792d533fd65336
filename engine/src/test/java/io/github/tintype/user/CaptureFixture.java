package io.github.tintype.user;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.Compiler;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.Random;

/** An engine on the reference device, and tensors for it. */
final class CaptureFixture implements AutoCloseable {
    final Engine engine = Engine.on(new ReferenceDevice());
    final Compiler compiler = new Compiler(engine, CompileListener.NONE);
    private final Random random = new Random(1);

    Tensor tensor(long... sizes) {
        return engine.tensor(host(sizes));
    }

    Weight weight(String name, long... sizes) {
        return new DenseWeight(name, DType.F32, host(sizes));
    }

    private HostTensor host(long... sizes) {
        int count = 1;
        for (long size : sizes) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return HostTensor.ofFloats(values, sizes);
    }

    Tensor number(float value) {
        return engine.tensor(HostTensor.ofFloats(new float[] {value}));
    }

    static float[] floats(Tensor tensor) {
        HostTensor host = tensor.toHost();
        float[] values = new float[(int) host.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) host.getDouble(i);
        }
        return values;
    }

    @Override
    public void close() {
        engine.close();
    }
}
