package io.github.tintype.llvm;

import io.github.tintype.code.NativeFiles;
import io.github.tintype.tensor.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** LLVM's C API, loaded and made ready for x86-64. One for a process: LLVM's own tables are global. */
final class LlvmLibrary {
    private static final String RESOURCE = "/org/bytedeco/llvm/linux-x86_64/libLLVM.so";
    /** Of the library: more exact than a version number. */
    static final String SHA256 = "6cb7e2a7f38a617ea76fe503ccccbb6e6b8ece399dbf1a26ff1002479250eeaa";

    private final SymbolLookup symbols;

    private LlvmLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /** @throws DeviceException ({@code NATIVE}) if this is not Linux on x86-64, the jar is missing, or the loader refuses */
    static LlvmLibrary load(Path cache) {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.toLowerCase(Locale.ROOT).equals("linux amd64")) {
            throw new DeviceException(
                    DeviceException.Reason.NATIVE, "LLVM: got %s, wanted Linux amd64".formatted(platform));
        }
        Path file = NativeFiles.unpack(cache, LlvmLibrary.class, RESOURCE, SHA256);
        LlvmLibrary library = new LlvmLibrary(open(file));
        for (String part : List.of("TargetInfo", "Target", "TargetMC", "AsmPrinter")) {
            library.function("LLVMInitializeX86" + part).call();
        }
        return library;
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup open(Path file) {
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new DeviceException(
                    DeviceException.Reason.NATIVE,
                    "LLVM: got \"%s\" for %s, wanted a library that the system's loader accepts"
                            .formatted(e.getMessage(), file),
                    e);
        }
    }

    Native function(String name) {
        return Native.of(symbols, name);
    }
}
