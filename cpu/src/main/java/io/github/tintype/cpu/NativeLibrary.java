package io.github.tintype.cpu;

import io.github.tintype.code.NativeFiles;
import io.github.tintype.code.NativeFiles.Part;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;

/**
 * The native code of this room: oneDNN and the OpenMP runtime that it links to, taken from the bytedeco jar on the class path. They lie side by
 * side, since libdnnl looks for libgomp in its own directory.
 *
 * @param dnnl symbols of libdnnl
 * @param openmp symbols of libgomp
 */
record NativeLibrary(SymbolLookup dnnl, SymbolLookup openmp) {
    static final Part OPENMP =
            new Part("libgomp.so.1", "d46f9225c1883039e8a6853e6d96ca1af11d034ce186a090952e4a7c8a7c2fdc");
    static final Part DNNL =
            new Part("libdnnl.so.3", "3610657c35381b06694034b677cf73f28086495aba51ecf0cfb5b6511652a443");
    static final NativeFiles FILES = new NativeFiles(
            "org.bytedeco:dnnl linux-x86_64",
            NativeLibrary.class,
            "/org/bytedeco/dnnl/linux-x86_64/",
            List.of(DNNL, OPENMP));

    /**
     * Unpacks what is not there yet, checks and loads. Falls back to a fresh temporary directory if {@code cache} can't be used.
     *
     * @throws io.github.tintype.tensor.DeviceException ({@code NATIVE}) if this is not Linux on x86-64, the jar is missing, or the loader
     *     refuses
     */
    static NativeLibrary load(Path cache) {
        Path folder = FILES.unpack(cache);
        // libgomp first and by its path, so that a different libgomp of the system can't take its place.
        SymbolLookup openmp = NativeFiles.load(folder.resolve(OPENMP.name()));
        return new NativeLibrary(NativeFiles.load(folder.resolve(DNNL.name())), openmp);
    }
}
