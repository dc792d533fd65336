package io.github.tintype.llvm;

import io.github.tintype.code.NativeFiles;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** LLVM's C API, loaded and made ready for x86-64 and PTX. One for a process: LLVM's own tables are global. */
final class LlvmLibrary {
    /** Of the library: more exact than a version number. */
    static final String SHA256 = "6cb7e2a7f38a617ea76fe503ccccbb6e6b8ece399dbf1a26ff1002479250eeaa";

    private static final String NAME = "libLLVM.so";
    private static final NativeFiles FILES = new NativeFiles(
            "org.bytedeco:llvm linux-x86_64",
            LlvmLibrary.class,
            "/org/bytedeco/llvm/linux-x86_64/",
            List.of(new NativeFiles.Part(NAME, SHA256)));

    private static Optional<LlvmLibrary> loaded = Optional.empty();

    private final SymbolLookup symbols;

    private LlvmLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * The first that is loaded serves the process, whatever cache is named later: a second copy, from another file, shares some of the first one's tables and crashes.
     *
     * @throws io.github.tintype.tensor.DeviceException ({@code NATIVE}) if this is not Linux on x86-64, the jar is missing, or the loader refuses
     */
    static synchronized LlvmLibrary load(Path cache) {
        LlvmLibrary library = loaded.orElseGet(() -> first(cache));
        loaded = Optional.of(library);
        return library;
    }

    private static LlvmLibrary first(Path cache) {
        LlvmLibrary library =
                new LlvmLibrary(NativeFiles.load(FILES.unpack(cache).resolve(NAME)));
        for (String target : List.of("X86", "NVPTX")) {
            for (String part : List.of("TargetInfo", "Target", "TargetMC", "AsmPrinter")) {
                library.function("LLVMInitialize" + target + part).call();
            }
        }
        return library;
    }

    Native function(String name) {
        return Native.of(symbols, name);
    }
}
