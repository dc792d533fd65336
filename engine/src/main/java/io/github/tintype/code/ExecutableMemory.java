package io.github.tintype.code;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.tensor.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/** Pages of the system's that hold code: written, then made read and execute only. */
@SuppressWarnings("restricted") // mapping memory is what this class is for
final class ExecutableMemory implements AutoCloseable {
    /* All of Linux x86-64's numbers. */
    private static final long READ_WRITE = 0x1 | 0x2;
    private static final long READ_EXECUTE = 0x1 | 0x4;
    private static final long PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final long PAGE = 4096;

    /** One shape for the three functions: the calling convention ignores what a function doesn't take. */
    private static final FunctionDescriptor WORDS_6 =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle MMAP = handle("mmap");
    private static final MethodHandle MPROTECT = handle("mprotect");
    private static final MethodHandle MUNMAP = handle("munmap");

    private final long address;
    private final long bytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ExecutableMemory(long address, long bytes) {
        this.address = address;
        this.bytes = bytes;
    }

    private static MethodHandle handle(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), WORDS_6, Linker.Option.captureCallState("errno"));
    }

    static ExecutableMemory of(byte[] code) {
        long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
        long address = call("mmap", MMAP, 0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1);
        ExecutableMemory memory = new ExecutableMemory(address, bytes);
        try {
            MemorySegment.copy(code, 0, MemorySegment.ofAddress(address).reinterpret(bytes), JAVA_BYTE, 0, code.length);
            call("mprotect", MPROTECT, address, bytes, READ_EXECUTE, 0, 0);
            return memory;
        } catch (DeviceException e) {
            memory.close();
            throw e;
        }
    }

    long address() {
        return address;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            call("munmap", MUNMAP, address, bytes, 0, 0, 0);
        }
    }

    private static long call(String name, MethodHandle handle, long a, long b, long c, long d, long e) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = (long) handle.invokeExact(state, a, b, c, d, e, 0L);
            // mprotect and munmap return an int, mmap a pointer; −1 is the failure of all three.
            if (name.equals("mmap") ? result == -1 : (int) result == -1) {
                throw new DeviceException(
                        DeviceException.Reason.NATIVE,
                        "machine code: %s of %d bytes failed with errno %d"
                                .formatted(name, b, (int) ERRNO.get(state, 0L)));
            }
            return result;
        } catch (DeviceException failed) {
            throw failed;
        } catch (Throwable impossible) {
            throw new IllegalStateException(name + " throws nothing", impossible);
        }
    }
}
