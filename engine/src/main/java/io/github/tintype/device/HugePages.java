package io.github.tintype.device;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Linux's advice to back memory by pages of 2 MiB where it can: a model's weights are thousands of them instead of millions, each of which costs a fault when it is first written, and the
 * processor's tables hold them all. Elsewhere, and where the system is set not to, nothing happens.
 */
final class HugePages {
    /** From so many bytes on a block is worth it: one that is smaller than a huge page shares some with its neighbours. */
    static final long LEAST = 1L << 20;

    private static final int MADV_HUGEPAGE = 14;
    /* A multiple of all sizes that pages have there. */
    private static final long PAGE = 64 << 10;

    private final Optional<MethodHandle> madvise;

    @SuppressWarnings("restricted") // madvise changes no contents
    HugePages() {
        Linker linker = Linker.nativeLinker();
        boolean isLinux = System.getProperty("os.name").toLowerCase(Locale.ROOT).equals("linux");
        madvise = isLinux
                ? linker.defaultLookup()
                        .find("madvise")
                        .map(address -> linker.downcallHandle(
                                address,
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT)))
                : Optional.empty();
    }

    /** For the pages that these bytes lie on. What the system answers changes nothing: without, memory is slower. */
    void advise(long address, long bytes) {
        if (madvise.isEmpty()) {
            return;
        }
        long begin = address / PAGE * PAGE;
        long end = Math.ceilDiv(address + bytes, PAGE) * PAGE;
        try {
            int _ = (int) madvise.get().invokeExact(begin, end - begin, MADV_HUGEPAGE);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise can't fail so", e);
        }
    }
}
