package io.github.tintype.tokenizers;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.github.tintype.code.NativeFiles;
import io.github.tintype.code.NativeFiles.Part;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.tensor.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Hugging Face's tokenizers, compiled, from the jar on the class path. On Linux on x86-64 they are unpacked once and checked at each start, which takes a
 * third of the time of inflating them; elsewhere they are unpacked to a new private folder, loaded, and deleted.
 *
 * <p>DJL's own loader isn't used. It keeps the library in the home folder or, where that can't be written, at a guessable
 * place of the shared temporary folder, unchecked; and where it finds CUDA it downloads another one.
 */
final class NativeLibrary {
    private static final Part LINUX =
            new Part("libtokenizers.so", "edf58c92155e0fe4fae5231e782a1f02deeb5881de7bbcd1195f6e25009da90a");

    private NativeLibrary() {}

    private static final class Holder {
        private static final TokenizersLibrary LIBRARY = load();
    }

    /** The library, loaded at the first call. @throws DeviceException if it can't be */
    static TokenizersLibrary get() {
        return Holder.LIBRARY;
    }

    private static TokenizersLibrary load() {
        String platform = platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        try {
            if (platform.equals("linux-x86_64")) {
                NativeFiles files = new NativeFiles(
                        "ai.djl.huggingface:tokenizers", TokenizersLibrary.class, folder(platform), List.of(LINUX));
                load(files.unpack(CacheRoot.here().resolve("native")).resolve(LINUX.name()));
            } else {
                loadFromTemporaryFolder(platform);
            }
            return TokenizersLibrary.LIB;
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new DeviceException(
                    DeviceException.Reason.NATIVE,
                    "tokenizers: can't load the native library for %s: %s (wanted a folder for caches or a temporary one that can be written and allows programs; set XDG_CACHE_HOME or -Djava.io.tmpdir)"
                            .formatted(platform, e.getMessage()),
                    e);
        }
    }

    private static void loadFromTemporaryFolder(String platform) throws IOException {
        Path folder = Files.createTempDirectory("tintype-tokenizers");
        for (String name : names(platform)) {
            Path file = folder.resolve(name);
            String resource = folder(platform) + name;
            try (InputStream in = TokenizersLibrary.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new DeviceException(
                            DeviceException.Reason.NATIVE,
                            "tokenizers: got no native library for %s, wanted %s in the tokenizers jar"
                                    .formatted(platform, resource));
                }
                Files.copy(in, file);
            }
            load(file);
            delete(file);
        }
        delete(folder);
    }

    @SuppressWarnings("restricted") // loading a library is what this class is for
    private static void load(Path file) {
        System.load(file.toString());
    }

    /* In the jar, absolute. */
    private static String folder(String platform) {
        return "/native/lib/" + platform + "/cpu/";
    }

    /** A loaded file can be deleted where files are not locked; elsewhere it goes at exit, if it can. */
    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException _) {
            file.toFile().deleteOnExit();
        }
    }

    private static List<String> names(String platform) {
        if (platform.startsWith("win")) {
            return List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll", "tokenizers.dll");
        }
        return List.of(platform.startsWith("osx") ? "libtokenizers.dylib" : "libtokenizers.so");
    }

    /** The name of a machine in the jar, like linux-x86_64. */
    static String platform(String name, String architecture) {
        String lower = name.toLowerCase(Locale.ROOT);
        String system = lower.startsWith("windows") ? "win" : lower.startsWith("mac") ? "osx" : lower;
        return system + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
    }
}
