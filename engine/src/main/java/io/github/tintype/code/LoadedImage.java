package io.github.tintype.code;

import io.github.tintype.tensor.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * An {@link Image} in memory that can be executed. The memory is written first and then made executable, never both at once. Closing
 * unmaps it; whoever closes has to know that no call is running or will be made.
 */
public final class LoadedImage implements AutoCloseable {
    private final Image image;
    private final ExecutableMemory memory;

    private LoadedImage(Image image, ExecutableMemory memory) {
        this.image = image;
        this.memory = memory;
    }

    /** @throws DeviceException ({@code NATIVE}) with the system's error if the memory can't be had */
    public static LoadedImage load(Image image) {
        return new LoadedImage(image, ExecutableMemory.of(image.code()));
    }

    /** A function of the image. @throws IllegalArgumentException if there is none of that name */
    public Function function(String name) {
        Integer offset = image.entries().get(name);
        if (offset == null) {
            throw new IllegalArgumentException("image: got function %s, wanted one of %s"
                    .formatted(name, image.entries().keySet()));
        }
        return new Function(memory.address() + offset);
    }

    /* For tests of its rights. */
    long address() {
        return memory.address();
    }

    /** Bytes that it takes in memory. */
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        memory.close();
    }

    /** A {@code void f(const int64_t* arguments, int64_t begin, int64_t end)}. Calling makes no Java object. */
    public static final class Function {
        private static final MethodHandle CALL = handle();
        private final MemorySegment address;

        private Function(long address) {
            this.address = MemorySegment.ofAddress(address);
        }

        /** {@code arguments} is an address. Not interruptible: callers slice. */
        public void call(long arguments, long begin, long end) {
            try {
                CALL.invokeExact(address, arguments, begin, end);
            } catch (Throwable e) {
                throw new IllegalStateException("generated code throws nothing", e);
            }
        }

        @SuppressWarnings("restricted") // calling the code that we made is what this class is for
        private static MethodHandle handle() {
            return Linker.nativeLinker()
                    .downcallHandle(FunctionDescriptor.ofVoid(
                            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        }
    }
}
