package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.device.Device;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DeviceException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class OpeningEngineTest {
    private final AtomicInteger closed = new AtomicInteger();

    private Engine engine() {
        NativeMemory memory = new NativeMemory();
        return Engine.on((Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(),
                new Class<?>[] {Device.class},
                (_, method, _) -> switch (method.getName()) {
                    case "memory" -> memory;
                    case "close" -> {
                        closed.incrementAndGet();
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                }));
    }

    @Test
    void opensWhileItsOwnerGoesOn() {
        CountDownLatch ownerWentOn = new CountDownLatch(1);
        try (OpeningEngine opening = OpeningEngine.of(() -> {
            await(ownerWentOn);
            return engine();
        })) {
            ownerWentOn.countDown();
            assertThat(opening.get()).isSameAs(opening.get());
            assertThat(closed).hasValue(0);
        }
        assertThat(closed).hasValue(1);
    }

    @Test
    void closesWhatNobodyAskedFor() {
        OpeningEngine.of(this::engine).close();
        assertThat(closed).hasValue(1);
    }

    @Test
    void throwsWhatOpeningThrewToWhoeverAsks() {
        DeviceException broken = new DeviceException(DeviceException.Reason.NATIVE, "native libraries: broken");
        OpeningEngine opening = OpeningEngine.of(() -> {
            throw broken;
        });
        assertThatThrownBy(opening::get).isSameAs(broken);
        assertThatCode(opening::close).doesNotThrowAnyException();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
