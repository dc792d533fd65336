package io.github.tintype.code.cache;

import static io.github.tintype.code.cache.Samples.KEY;
import static io.github.tintype.code.cache.Samples.TARGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.Lookup.Cause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompileCacheTest {
    private static final Logger LOGGER = Logger.getLogger(CompileCache.class.getName());

    @TempDir
    Path home = Path.of("");

    private final List<String> warnings = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            warnings.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.setUseParentHandlers(false);
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        LOGGER.removeHandler(handler);
        LOGGER.setUseParentHandlers(true);
    }

    private Path folder() {
        return home.resolve("tintype/code");
    }

    private CompileCache cache() {
        return new CompileCache(folder());
    }

    private Path stored() {
        assertThat(cache().store(KEY, Samples.image(KEY))).isTrue();
        return folder().resolve(KeyText.fileName(KEY));
    }

    private static void assertHit(Lookup<Image> lookup, ImageKey key) {
        assertThat(lookup).isEqualTo(new Lookup.Hit<>(Samples.image(key)));
    }

    private static void assertMiss(Lookup<Image> lookup, Cause cause, String reason) {
        assertThat(lookup).isInstanceOfSatisfying(Lookup.Miss.class, miss -> {
            assertThat(miss.reason()).contains(reason);
            assertThat(miss.cause()).isEqualTo(cause);
        });
    }

    @Test
    void whatWasStoredIsFoundInAPrivateDirectory() throws IOException {
        assertMiss(cache().find(KEY), Cause.NEVER_COMPILED, "never compiled");
        assertThat(folder()).doesNotExist();
        Path file = stored();
        assertHit(cache().find(KEY), KEY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Samples.files(folder())).containsExactly(file);
        assertThat(warnings).isEmpty();
    }

    @Test
    void eachComponentChangedAloneIsAMissThatNamesIt() {
        stored();
        String program = KEY.program();
        Map<ImageKey, String> others = Map.of(
                new ImageKey("b", program, "llvm-1", TARGET, "FAST", "b1"),
                "another name: a, here b",
                new ImageKey("a", program, "llvm-2", TARGET, "FAST", "b1"),
                "another compiler: llvm-1, here llvm-2",
                new ImageKey("a", program, "llvm-1", TARGET, "MOST", "b1"),
                "another effort: FAST, here MOST",
                new ImageKey("a", program, "llvm-1", TARGET, "FAST", "b2"),
                "another build of the engine: b1, here b2",
                with(new Target("riscv", "x86-64-v3", "+gfni", 8)),
                "another platform: x86_64-linux, here riscv",
                with(new Target("x86_64-linux", "x86-64-v4", "+gfni", 8)),
                "another processor: x86-64-v3, here x86-64-v4",
                with(new Target("x86_64-linux", "x86-64-v3", "", 8)),
                "another set of processor features: +gfni, here none",
                with(TARGET.withLanes(16)),
                "another number of lanes: 8, here 16");
        others.forEach((key, reason) -> {
            assertThat(cache().find(key)).isEqualTo(new Lookup.Miss<>(Cause.OTHER_KEY, reason));
            assertThat(key.components()).hasSameSizeAs(KEY.components());
        });
        assertThat(others).hasSize(KEY.components().size() - 1); // all but the program
        assertMiss(
                cache().find(new ImageKey("a", Digests.hex("program b"), "llvm-1", TARGET, "FAST", "b1")),
                Cause.NEVER_COMPILED,
                "never compiled");
    }

    private static ImageKey with(Target target) {
        return new ImageKey("a", KEY.program(), "llvm-1", target, "FAST", "b1");
    }

    @Test
    void ofLongComponentsAMissShowsWhatDiffers() {
        String same = "llvm 20, function(sroa,gvn) or default<O3>, build ";
        ImageKey there = new ImageKey("a", KEY.program(), same + "a".repeat(64), TARGET, "FAST", "b1");
        cache().store(there, Samples.image(there));
        assertMiss(
                cache().find(new ImageKey("a", KEY.program(), same + "b".repeat(64), TARGET, "FAST", "b1")),
                Cause.OTHER_KEY,
                "another compiler: … build aaaaaaaaaaaa, here … build bbbbbbbbbbbb");
    }

    @Test
    void theNearestEntryExplainsAndSeveralDifferencesAreAllNamed() {
        ImageKey far = new ImageKey("a", KEY.program(), "llvm-1", TARGET.withLanes(16), "MOST", "b0");
        cache().store(far, Samples.image(far));
        assertMiss(
                cache().find(KEY),
                Cause.OTHER_KEY,
                "another number of lanes: 16, here 8; another effort: MOST, here FAST; another build of the engine: b0, here b1");
        ImageKey near = new ImageKey("a", KEY.program(), "llvm-0", TARGET, "FAST", "b1");
        cache().store(near, Samples.image(near));
        assertMiss(cache().find(KEY), Cause.OTHER_KEY, "another compiler: llvm-0, here llvm-1");
    }

    @Test
    void everyBitOfAnEntryFlippedIsAMissAndNeverUsed() throws IOException {
        byte[] whole = Files.readAllBytes(stored());
        FaultyFiles files = new FaultyFiles();
        CompileCache cache = new CompileCache(folder(), 1 << 20, files, InstantSource.system());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            int flipped = bit;
            files.damage = bytes -> {
                bytes[flipped / 8] ^= (byte) (1 << flipped % 8);
                return bytes;
            };
            assertMiss(cache.find(KEY), Cause.DAMAGED, "damaged: ");
        }
        for (int length = 0; length < whole.length; length++) {
            int left = length;
            files.damage = bytes -> Arrays.copyOf(bytes, left);
            assertMiss(cache.find(KEY), Cause.DAMAGED, "damaged: ");
        }
        files.damage = bytes -> bytes;
        assertHit(cache.find(KEY), KEY);
    }

    @Test
    void aDamagedEntryIsOneWarningAndReplaced() throws IOException {
        Path file = stored();
        Files.write(file, new byte[0]);
        CompileCache cache = cache();
        assertMiss(cache.find(KEY), Cause.DAMAGED, "damaged");
        assertMiss(cache.find(KEY), Cause.DAMAGED, "damaged");
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains(file.getFileName().toString(), "compiled anew");
        assertThat(cache.store(KEY, Samples.image(KEY))).isTrue();
        assertHit(cache.find(KEY), KEY);
    }

    @Test
    void theEntryOfAnotherKeyUnderThisNameIsForeign() throws IOException {
        ImageKey other = Samples.key("other");
        cache().store(other, Samples.image(other));
        Files.move(folder().resolve(KeyText.fileName(other)), folder().resolve(KeyText.fileName(KEY)));
        assertMiss(cache().find(KEY), Cause.DAMAGED, "it is the entry of another key");
        assertThat(cache().inspect())
                .extracting(CachedEntry::content)
                .containsExactly(new CachedEntry.Damaged("it is the entry of another key"));
    }

    @Test
    void linksPipesAndFoldersAreNotOpenedAndReplaced() throws Exception {
        Path file = stored();
        Path elsewhere = home.resolve("elsewhere");
        Files.move(file, elsewhere);
        Files.createSymbolicLink(file, elsewhere);
        assertMiss(cache().find(KEY), Cause.DAMAGED, "it is no regular file");
        stored();
        assertThat(file).isRegularFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();

        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        assertMiss(cache().find(KEY), Cause.DAMAGED, "it is no regular file");
        stored();
        assertHit(cache().find(KEY), KEY);

        Files.delete(file);
        Files.createDirectory(file);
        assertMiss(cache().find(KEY), Cause.DAMAGED, "it is no regular file");
        stored();
        assertHit(cache().find(KEY), KEY);
    }

    @Test
    void aDirectoryThatOthersMayUseIsNotUsed() throws IOException {
        stored();
        for (String mode : List.of("rwxr-x---", "rwx--x--x", "rwxrwxrwx", "rwx---r--")) {
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString(mode));
            CompileCache cache = cache();
            assertMiss(cache.find(KEY), Cause.NO_CACHE, "others may use it: got mode");
            assertThat(cache.store(KEY, Samples.image(KEY))).isFalse();
        }
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(home.resolve("link"), folder());
        assertMiss(new CompileCache(link).find(KEY), Cause.NO_CACHE, "it is no directory, nor may it be a link to one");
    }

    @Test
    void aFileThatOthersMayWriteIsForeign() throws IOException {
        Files.setPosixFilePermissions(stored(), PosixFilePermissions.fromString("rw-rw----"));
        assertMiss(cache().find(KEY), Cause.DAMAGED, "it is not this user's alone");
    }

    @Test
    void directoryAndFilesOfAnotherUserAreNotUsed() throws IOException {
        stored();
        FaultyFiles files = new FaultyFiles();
        CompileCache cache = new CompileCache(folder(), 1 << 20, files, InstantSource.system());
        files.owners.put(folder(), 12345);
        assertMiss(cache.find(KEY), Cause.NO_CACHE, "it belongs to user 12345, and this is user " + files.user());
        assertThat(cache.store(KEY, Samples.image(KEY))).isFalse();
        files.owners.clear();
        files.owners.put(folder().resolve(KeyText.fileName(KEY)), 12345);
        assertMiss(cache.find(KEY), Cause.DAMAGED, "it is not this user's alone (user 12345, mode 600)");
    }

    /* Root may write in spite of the mode, others may not; reading works for both. */
    @Test
    void aReadOnlyDirectoryIsReadAndWritingToItIsOneWarning() throws IOException {
        stored();
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("r-x------"));
        FaultyFiles files = new FaultyFiles();
        files.readOnly = true;
        CompileCache cache = new CompileCache(folder(), 1 << 20, files, InstantSource.system());
        assertHit(cache.find(KEY), KEY);
        ImageKey other = Samples.key("other");
        assertThat(cache.store(other, Samples.image(other))).isFalse();
        assertThat(cache.store(KEY, Samples.image(KEY, 50))).isFalse();
        assertHit(cache.find(KEY), KEY);
        assertThat(warnings)
                .containsExactly("code cache: nothing is kept in %s: permission denied".formatted(folder()));
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void anAbsentOrImpossibleHomeIsAMiss() throws IOException {
        Path file = Files.createFile(home.resolve("file"));
        CompileCache cache = new CompileCache(file.resolve("tintype/code"));
        assertThat(cache.find(KEY)).isInstanceOf(Lookup.Miss.class);
        assertThat(cache.store(KEY, Samples.image(KEY))).isFalse();
        CompileCache nowhere = new CompileCache(Path.of("/proc/nobody/tintype/code"));
        assertThat(nowhere.find(KEY)).isInstanceOf(Lookup.Miss.class);
        assertThat(nowhere.store(KEY, Samples.image(KEY))).isFalse();
        assertThat(warnings).hasSize(2).allMatch(line -> line.startsWith("code cache: nothing is kept in "));
    }

    @Test
    void whatWasUsedLongestAgoIsRemovedFirst() throws IOException {
        long one = new Entry<>(Samples.key("0"), Samples.image(Samples.key("0"), 5000)).encode().length;
        CompileCache cache = new CompileCache(folder(), 4 * one);
        Instant start = Instant.now().minus(Duration.ofDays(1));
        for (int i = 0; i < 4; i++) {
            ImageKey key = Samples.key(Integer.toString(i));
            cache.store(key, Samples.image(key, 5000));
            Files.setLastModifiedTime(
                    folder().resolve(KeyText.fileName(key)), FileTime.from(start.plus(Duration.ofMinutes(i))));
        }
        assertThat(cache.find(Samples.key("0"))).isInstanceOf(Lookup.Hit.class); // now 1 was used longest ago
        ImageKey fifth = Samples.key("4");
        cache.store(fifth, Samples.image(fifth, 5000));
        assertThat(Samples.files(folder())).hasSize(4);
        assertThat(cache.find(Samples.key("1"))).isInstanceOf(Lookup.Miss.class);
        assertThat(cache.find(Samples.key("0"))).isInstanceOf(Lookup.Hit.class);
        assertThat(cache.find(fifth)).isInstanceOf(Lookup.Hit.class);
        assertThat(cache.store(KEY, Samples.image(KEY, 50_000))).isFalse(); // more than all
        assertThat(Samples.files(folder())).hasSize(4);
    }

    /* Processes that each keep little must not make it grow for ever. */
    @Test
    void theFirstEntryOfAProcessBoundsWhatOthersLeft() {
        for (int i = 0; i < 20; i++) {
            ImageKey key = Samples.key(Integer.toString(i));
            cache().store(key, Samples.image(key, 5000));
        }
        long most = 50_000;
        new CompileCache(folder(), most).store(KEY, Samples.image(KEY));
        assertThat(cache().inspect().stream().mapToLong(CachedEntry::bytes).sum())
                .isBetween(most - 6000, most);
        assertThat(cache().inspect().getFirst().content()).isEqualTo(new CachedEntry.Whole(KEY));
    }

    @Test
    void onlyOldTemporaryFilesAreSweptAndStrangersFilesNever() throws IOException {
        stored();
        Path fresh = Files.createFile(folder().resolve(".1f-2a.tmp"));
        Path stale = Files.createFile(folder().resolve(".1f-2b.tmp"));
        Path mine = Files.createFile(folder().resolve("notes.txt"));
        for (Path file : List.of(stale, mine)) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        }
        new CompileCache(folder(), 2000).store(KEY, Samples.image(KEY));
        assertThat(Samples.files(folder())).contains(fresh, mine).doesNotContain(stale);
        assertThat(cache().clear().entries()).isEqualTo(1);
        assertThat(Samples.files(folder())).containsExactlyInAnyOrder(fresh, mine);
    }

    @Test
    void savedEntriesAreLoadedElsewhere() throws IOException {
        List<ImageKey> keys = List.of(Samples.key("x"), Samples.key("y"), Samples.key("z"));
        keys.subList(0, 2).forEach(key -> cache().store(key, Samples.image(key)));
        Path file = home.resolve("model.code");
        assertThat(cache().save(file, keys)).containsExactly(keys.get(2));
        CompileCache other = new CompileCache(home.resolve("other"));
        assertThat(other.load(file)).isEqualTo(keys.subList(0, 2));
        assertHit(other.find(keys.get(1)), keys.get(1));
        assertThat(Samples.files(home)).containsExactlyInAnyOrder(file, home.resolve("other"), home.resolve("tintype"));
    }

    @Test
    void aDamagedFileOfSavedEntriesIsRefusedAsAWhole() throws IOException {
        stored();
        Path file = home.resolve("model.code");
        assertThat(cache().save(file, List.of(KEY))).isEmpty();
        byte[] whole = Files.readAllBytes(file);
        Path damaged = home.resolve("damaged.code");
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefused(damaged, flipped);
        }
        for (int length = 0; length < whole.length; length++) {
            assertRefused(damaged, Arrays.copyOf(whole, length));
        }
        assertRefused(damaged, Arrays.copyOf(whole, whole.length + 1));
        CompileCache other = new CompileCache(home.resolve("other"));
        whole[whole.length - 1] ^= 1;
        Files.write(file, whole);
        assertThatThrownBy(() -> other.load(file))
                .isInstanceOf(CacheFormatException.class)
                .hasMessage(file + ": its SHA-256 is another one");
        assertThat(home.resolve("other")).doesNotExist();
    }

    /* Neither loaded into a cache nor, as it lies there, a package with anything else in it than was saved. */
    private void assertRefused(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        CompileCache other = new CompileCache(home.resolve("other"));
        assertThatThrownBy(() -> other.load(file)).isInstanceOf(CacheFormatException.class);
        try (CompiledPackage opened = CompiledPackage.open(file)) {
            assertThat(opened.find(KEY)).isInstanceOf(Lookup.Miss.class);
        } catch (CacheFormatException e) {
            assertThat(e).hasMessageStartingWith(file.toString());
        }
    }

    @Test
    void aPackageIsAskedBeforeTheCacheAndUsedInPlace() {
        ImageKey inBoth = Samples.key("x");
        ImageKey inFolder = Samples.key("y");
        cache().store(inBoth, Samples.image(inBoth));
        Path file = home.resolve("model.tintype");
        assertThat(cache().save(file, List.of(inBoth))).isEmpty();
        CompileCache other = new CompileCache(home.resolve("other"));
        other.store(inFolder, Samples.image(inFolder));
        try (CompiledPackage opened = CompiledPackage.open(file)) {
            CompileCache with = other.with(List.of(opened));
            assertHit(with.find(inBoth), inBoth);
            assertHit(with.find(inFolder), inFolder);
            assertThat(other.find(inBoth)).isInstanceOf(Lookup.Miss.class); // nothing was unpacked
            assertThat(warnings).containsExactly("package %s: y is compiled: it is not in there".formatted(file));
        }
    }

    @Test
    void aPackageForAnotherProcessorOrBuildSaysSoOnce() {
        ImageKey v4 = with(new Target("x86_64-linux", "x86-64-v4", "+gfni", 8));
        cache().store(v4, Samples.image(v4));
        Path file = home.resolve("model.tintype");
        cache().save(file, List.of(v4));
        try (CompiledPackage opened = CompiledPackage.open(file)) {
            CompileCache with = new CompileCache(home.resolve("other")).with(List.of(opened));
            String reason = "another processor: x86-64-v4, here x86-64-v3";
            assertMiss(
                    with.find(KEY),
                    Cause.NEVER_COMPILED,
                    "%s: %s; cache: never compiled: the cache is empty".formatted(file, reason));
            assertThat(with.find(Samples.key("z"))).isInstanceOf(Lookup.Miss.class);
            assertThat(warnings).containsExactly("package %s: a is compiled: %s".formatted(file, reason));
        }
    }

    @Test
    void whatIsNoPackageIsRefused() throws IOException {
        Path file = home.resolve("model.tintype");
        assertThatThrownBy(() -> CompiledPackage.open(file)).hasMessage(file + " can't be read: no such file");
        Files.writeString(file, "a text that is longer than the beginning of a package");
        assertThatThrownBy(() -> CompiledPackage.open(file))
                .hasMessage(file + ": it is no package of compiled programs");
        assertThatThrownBy(() -> CompiledPackage.open(home)).hasMessage(home + " can't be read: it is no regular file");
    }

    @Test
    void aPlanIsKeptAsAnImageIs() {
        PlanKey key = new PlanKey("unet.0", "0".repeat(64), "whole graph", "none", "cpu", "b1");
        ByteBuffer plan = ByteBuffer.wrap(new byte[] {1, 2, 3});
        assertThat(cache().store(key, plan)).isTrue();
        assertThat(cache().find(key)).isEqualTo(new Lookup.Hit<>(plan));
        Map<PlanKey, String> others = Map.of(
                new PlanKey("vae.0", key.graph(), "whole graph", "none", "cpu", "b1"),
                "another name: unet.0, here vae.0",
                new PlanKey("unet.0", key.graph(), "blocks", "none", "cpu", "b1"),
                "another choice of regions: whole graph, here blocks",
                new PlanKey("unet.0", key.graph(), "whole graph", "some", "cpu", "b1"),
                "another set of flags: none, here some",
                new PlanKey("unet.0", key.graph(), "whole graph", "none", "gpu", "b1"),
                "another device: cpu, here gpu",
                new PlanKey("unet.0", key.graph(), "whole graph", "none", "cpu", "b2"),
                "another build of the engine: b1, here b2");
        others.forEach((other, reason) ->
                assertThat(cache().find(other)).isEqualTo(new Lookup.Miss<>(Cause.OTHER_KEY, reason)));
        assertThat(others).hasSize(key.components().size() - 1); // all but the graph
        assertThat(cache().inspect()).extracting(CachedEntry::content).containsExactly(new CachedEntry.Whole(key));
    }

    @Test
    void aMeasuredChoiceIsKeptAsAnImageIs() {
        TuneKey key = TuneKey.of("conv2d", "a problem", "znver3 +avx2", 2, "grid", "b1");
        assertThat(cache().store(key, "winograd F2")).isTrue();
        assertThat(cache().find(key)).isEqualTo(new Lookup.Hit<>("winograd F2"));
        Map<TuneKey, String> others = Map.of(
                TuneKey.of("linear", "a problem", "znver3 +avx2", 2, "grid", "b1"),
                "another name: conv2d, here linear",
                TuneKey.of("conv2d", "a problem", "znver4", 2, "grid", "b1"),
                "another processor: znver3 +avx2, here znver4",
                TuneKey.of("conv2d", "a problem", "znver3 +avx2", 4, "grid", "b1"),
                "another number of threads: 2, here 4",
                TuneKey.of("conv2d", "a problem", "znver3 +avx2", 2, "grid, coordinate descent", "b1"),
                "another way of searching: grid, here grid, coordinate descent",
                TuneKey.of("conv2d", "a problem", "znver3 +avx2", 2, "grid", "b2"),
                "another build of the engine: b1, here b2");
        others.forEach((other, reason) ->
                assertThat(cache().find(other)).isEqualTo(new Lookup.Miss<>(Cause.OTHER_KEY, reason)));
        assertThat(others).hasSize(key.components().size() - 1); // all but the problem
        assertThat(cache().store(key, "k".repeat(201))).isFalse();
    }

    @Test
    void anImageThatIsTooLargeForAnEntryStillComesFromTheCompiler() {
        Image image = new Image(new byte[100], Map.of("f".repeat(3000), 0));
        assertThat(cache().store(KEY, image)).isFalse();
    }
}
