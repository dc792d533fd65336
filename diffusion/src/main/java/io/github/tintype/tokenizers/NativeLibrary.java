package io.github.tintype.tokenizers;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.github.tintype.tensor.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Hugging Face's tokenizers, compiled: unpacked from the jar to a new private folder, loaded, and deleted.
 *
 * <p>DJL's own loader isn't used. It keeps the library in the home folder or, where that can't be written, at a guessable
 * place of the shared temporary folder; and where it finds CUDA it downloads another one.
 */
final class NativeLibrary {
    private NativeLibrary() {}

    private static final class Holder {
        private static final TokenizersLibrary LIBRARY = load();
    }

    /** The library, loaded at the first call. @throws DeviceException if it can't be */
    static TokenizersLibrary get() {
        return Holder.LIBRARY;
    }

    @SuppressWarnings("restricted") // loading a library is what this class is for
    private static TokenizersLibrary load() {
        String platform = platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        try {
            Path folder = Files.createTempDirectory("tintype-tokenizers");
            for (String name : names(platform)) {
                Path file = folder.resolve(name);
                String resource = "/native/lib/" + platform + "/cpu/" + name;
                try (InputStream in = TokenizersLibrary.class.getResourceAsStream(resource)) {
                    if (in == null) {
                        throw new DeviceException(
                                DeviceException.Reason.NATIVE,
                                "tokenizers: got no native library for %s, wanted %s in the tokenizers jar"
                                        .formatted(platform, resource));
                    }
                    Files.copy(in, file);
                }
                System.load(file.toString());
                delete(file);
            }
            delete(folder);
            return TokenizersLibrary.LIB;
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new DeviceException(
                    DeviceException.Reason.NATIVE,
                    "tokenizers: can't load the native library for %s: %s (wanted a temporary folder that can be written and allows programs; set -Djava.io.tmpdir)"
                            .formatted(platform, e.getMessage()),
                    e);
        }
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
