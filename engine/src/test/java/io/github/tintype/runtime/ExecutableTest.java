package io.github.tintype.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.compile.Plan;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExecutableTest {
    private static final List<TensorType> PAIR = List.of(TensorType.of(DType.F32, 2), TensorType.of(DType.F32, 2));

    /* (a + b) · 2 and a − b, with intermediates, a number and two results. */
    private static List<Tensor> forward(List<Tensor> in) {
        return List.of(in.get(0).add(in.get(1)).mul(2), in.get(0).sub(in.get(1)));
    }

    private static Binding bind(Engine engine, SlabUse slabUse, UnaryOperator<List<Tensor>> forward) {
        Plan plan = engine.plan(Program.trace(PAIR, forward), PAIR);
        return engine.bind(plan, slabUse, new Cancellation());
    }

    private static MemorySegment[] memory(float[]... values) {
        return List.of(values).stream()
                .map(each -> HostTensor.ofFloats(each, each.length).data())
                .toArray(MemorySegment[]::new);
    }

    private static float[] run(Executable executable, float[] a, float[] b) {
        MemorySegment[] results = memory(new float[2], new float[2]);
        executable.run("pair", memory(a, b), results, RunContext.none());
        return new float[] {
            results[0].getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 0),
            results[0].getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 1),
            results[1].getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 0),
            results[1].getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 1)
        };
    }

    @ParameterizedTest
    @EnumSource(SlabUse.class)
    void eachRunHasItsOwnArgumentsAndResults(SlabUse slabUse) {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Binding binding = bind(engine, slabUse, ExecutableTest::forward)) {
            Executable first = binding.executables().take("pair");
            assertThat(run(first, new float[] {1, 2}, new float[] {3, 5})).containsExactly(8, 14, -2, -3);
            binding.executables().giveBack(first);
            Executable second = binding.executables().take("pair");
            assertThat(second).isSameAs(first);
            assertThat(run(second, new float[] {5, 5}, new float[] {1, 0})).containsExactly(12, 10, 4, 5);
            binding.executables().giveBack(second);
        }
    }

    @Test
    void movesToAnotherSlab() {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Binding binding = bind(engine, SlabUse.SHARED, ExecutableTest::forward);
                NativeMemory.Block one = engine.memory().allocate(4096, "one");
                NativeMemory.Block other = engine.memory().allocate(4096, "other")) {
            Executable executable = new Executable(binding, one);
            run(executable, new float[] {1, 2}, new float[] {3, 5});
            one.segment().fill((byte) 0x11);
            executable.attach(other);
            assertThat(run(executable, new float[] {1, 2}, new float[] {3, 5})).containsExactly(8, 14, -2, -3);
            assertThat(one.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                    .containsOnly(0x11);
        }
    }

    @Test
    void keptSlabsAreFreedWithTheBinding() {
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            long before = engine.memory().used();
            try (Binding binding = bind(engine, SlabUse.KEPT, ExecutableTest::forward)) {
                Executable one = binding.executables().take("pair");
                Executable other = binding.executables().take("pair");
                binding.executables().giveBack(one);
                binding.executables().giveBack(other);
                assertThat(engine.memory().blocks()).isEqualTo(2);
            }
            assertThat(engine.memory().used()).isEqualTo(before);
        }
    }

    @Test
    void runsAtOnceHaveSlabsOfTheirOwn() throws InterruptedException {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program("pair", ExecutableTest::forward)) {
            CountDownLatch start = new CountDownLatch(4);
            List<Thread> threads = new ArrayList<>();
            List<String> wrong = java.util.Collections.synchronizedList(new ArrayList<>());
            for (int t = 0; t < 4; t++) {
                float number = t;
                threads.add(Thread.ofPlatform().start(() -> {
                    Tensor a = engine.tensor(HostTensor.ofFloats(new float[] {number, 1}, 2));
                    Tensor b = engine.tensor(HostTensor.ofFloats(new float[] {1, number}, 2));
                    start.countDown();
                    for (int i = 0; i < 200; i++) {
                        List<Tensor> out = program.run(List.of(a, b), RunContext.none());
                        float[] sum = out.getFirst().toHost().toFloats();
                        if (sum[0] != 2 * number + 2 || sum[1] != 2 * number + 2) {
                            wrong.add(number + ": " + sum[0] + ", " + sum[1]);
                        }
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    void refusesMemoryThatIsTooSmall() {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Binding binding = bind(engine, SlabUse.SHARED, ExecutableTest::forward);
                NativeMemory.Block block = engine.memory().allocate(4096, "slab");
                NativeMemory.Block small = engine.memory().allocate(1, "slab")) {
            Executable executable = new Executable(binding, block);
            MemorySegment[] right = memory(new float[2], new float[2]);
            MemorySegment[] wrong = memory(new float[2], new float[1]);
            assertThatThrownBy(() -> executable.run("pair", wrong, right, RunContext.none()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("argument 1")
                    .hasMessageContaining("wanted 8 bytes");
            assertThatThrownBy(() -> executable.run("pair", right, memory(new float[2]), RunContext.none()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("results: got 1, wanted 2");
            assertThatThrownBy(() -> executable.attach(small))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("slab 0");
        }
    }

    @Test
    void recordingsSeeKernelsWhereTheyAskForThem(@TempDir Path folder) throws IOException {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Binding binding = bind(engine, SlabUse.SHARED, ExecutableTest::forward);
                NativeMemory.Block slab = engine.memory().allocate(4096, "slab")) {
            Executable executable = new Executable(binding, slab);
            run(executable, new float[2], new float[2]); // the answer must not be that of before anyone recorded
            Path file = folder.resolve("run.jfr");
            try (Recording recording = new Recording()) {
                recording.enable("io.github.tintype.Kernel");
                recording.start();
                run(executable, new float[2], new float[2]);
                recording.stop();
                recording.dump(file);
            }
            List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("io.github.tintype.Kernel"))
                    .toList();
            assertThat(events).extracting(event -> event.getString("operator")).containsExactly("add", "mul", "sub");
            assertThat(events).extracting(event -> event.getString("program")).containsOnly("pair");
        }
    }

    @Test
    void aProfileHasEachCall() {
        Profile profile = new Profile();
        try (Engine engine = Engine.on(new ReferenceDevice());
                Binding binding = bind(engine, SlabUse.SHARED, ExecutableTest::forward);
                NativeMemory.Block slab = engine.memory().allocate(4096, "slab")) {
            new Executable(binding, slab)
                    .run(
                            "pair",
                            memory(new float[2], new float[2]),
                            memory(new float[2], new float[2]),
                            new RunContext(new Cancellation(), Optional.of(profile)));
            assertThat(profile.entries()).extracting(Profile.Entry::name).containsExactly("add", "mul", "sub");
        }
    }
}
