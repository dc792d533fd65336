package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.tintype.models.attention.AttentionOptions;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. The table is the whole truth: a room that isn't in it, and a dependency that isn't in it, fail. A room may only
 * name rooms above it, so there can be no cycle. The room {@code bench} is missing on purpose: it may use all others, and Maven keeps it from
 * being used, for no module depends on its module.
 */
class RoomsTest {
    private static final String PREFIX = "io.github.tintype.";

    /** A package; {@code allowed} are the rooms that it may use, {@code reason} is why no others. */
    private record Room(String name, List<String> allowed, String reason) {}

    private static final List<Room> ROOMS = List.of(
            new Room("tensor", List.of(), "nouns: everybody can share them because they need nobody"),
            new Room("graph", List.of("tensor"), "the meaning of a computation, whoever runs it"),
            new Room(
                    "code",
                    List.of("tensor"),
                    "machine code, whoever made it, and the cache on disk of all that compiling makes: knows neither programs nor compilers"),
            new Room(
                    "device",
                    List.of("tensor", "graph", "code"),
                    "says which ops it computes; sees no plan and no model; of code it uses the cache that a device has"),
            new Room(
                    "loop",
                    List.of("tensor", "graph", "device", "code"),
                    "fused ops to loop programs, for any device; of device it uses layouts and the memory of a call"),
            new Room(
                    "trace",
                    List.of("tensor", "graph"),
                    "records graphs; what computes them is handed in from outside"),
            new Room(
                    "reference",
                    List.of("tensor", "graph", "device"),
                    "defines the primitives, so it shares no code with what it checks"),
            new Room(
                    "compile",
                    List.of("tensor", "graph", "device", "reference"),
                    "graphs in, plans out, for any device; folds constants by the definition of the primitives; never sees model code"),
            new Room(
                    "runtime",
                    List.of("tensor", "graph", "device", "trace", "compile", "reference"),
                    "joins traces, plans and a device that it is given; knows by name only the reference device, whose kernels stand in for primitives that a device lacks"),
            new Room(
                    "capture",
                    List.of("tensor", "graph", "device", "code", "trace", "compile", "runtime"),
                    "from Java code to programs: records, guards and explains; sees no model"),
            new Room(
                    "llvm",
                    List.of("tensor", "code", "loop"),
                    "loop programs to machine code; found as a service, so that only those carry it who compile"),
            new Room(
                    "cpu",
                    List.of("tensor", "graph", "device", "loop", "code"),
                    "a device like any other: knows the SPI, and runs generated loops whoever compiles them"),
            new Room(
                    "io",
                    List.of("tensor"),
                    "files to tensors, without an engine, so that hostile files meet little code"),
            new Room(
                    "tokenizers",
                    List.of("tensor", "code", "io"),
                    "text to ids: tables from files, nothing to compute; of code it uses what unpacks and checks a native library"),
            new Room("random", List.of("tensor"), "torch's noise, in plain Java on the host"),
            new Room("image", List.of("tensor", "trace"), "pictures to tensors and back"),
            new Room("nn", List.of("tensor", "trace", "io"), "layers and their weights by path"),
            new Room(
                    "models",
                    List.of("tensor", "trace", "io", "nn"),
                    "networks as diffusers writes them; never see compiler or device"),
            new Room(
                    "quantization",
                    List.of("tensor", "trace", "io", "nn"),
                    "layers of any model to layers with other weights; knows no model but the layers that all have, and computes nothing; of io it uses the form of a layer and what reads and writes the file of a choice"),
            new Room(
                    "schedulers",
                    List.of("tensor", "trace", "io", "random"),
                    "steps on tensors, tables on the host; see no model"),
            new Room(
                    "pipelines",
                    List.of(
                            "tensor",
                            "trace",
                            "runtime",
                            "capture",
                            "io",
                            "tokenizers",
                            "random",
                            "image",
                            "nn",
                            "models",
                            "quantization",
                            "schedulers"),
                    "prompt to picture on an engine that it is given; picks no device"),
            new Room(
                    "benchmark",
                    List.of(
                            "tensor",
                            "code",
                            "device",
                            "loop",
                            "trace",
                            "compile",
                            "runtime",
                            "capture",
                            "io",
                            "random",
                            "image",
                            "nn",
                            "models",
                            "quantization"),
                    "times models on engines that it is given and tells of it; of code and loop it uses what runs one program, the measure of the processor, of image how near one result is to another; picks no device, draws no picture"),
            new Room(
                    "calibration",
                    List.of(
                            "tensor",
                            "graph",
                            "trace",
                            "runtime",
                            "io",
                            "image",
                            "nn",
                            "quantization",
                            "pipelines",
                            "benchmark"),
                    "which layers of a pipeline can change while its pictures stay near; of graph it uses what tells a layer's input, of benchmark tables, bars and pages; picks no device"),
            new Room(
                    "app",
                    List.of(
                            "tensor",
                            "trace",
                            "device",
                            "graph",
                            "compile",
                            "runtime",
                            "capture",
                            "reference",
                            "cpu",
                            "code",
                            "io",
                            "image",
                            "tokenizers",
                            "models",
                            "quantization",
                            "schedulers",
                            "pipelines",
                            "benchmark",
                            "calibration"),
                    "the only place that chooses a device; doctor loads the native code of every room, cache looks at what is kept of the generated one"));

    @Test
    void everyRoomUsesOnlyWhatTheTableAllows() {
        Map<String, Room> table = new LinkedHashMap<>();
        ROOMS.forEach(room -> table.put(room.name(), room));
        Set<String> broken = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.github.tintype")) {
            String name = room(type);
            Room room = table.get(name);
            if (room == null) {
                broken.add("room " + name + " is not in the table (" + type.getName() + ")");
                continue;
            }
            type.getDirectDependenciesFromSelf().stream()
                    .map(d -> d.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getPackageName().startsWith(PREFIX))
                    .filter(target ->
                            !room(target).equals(name) && !room.allowed().contains(room(target)))
                    .forEach(target -> broken.add(
                            "%s uses %s, but %s: %s".formatted(type.getName(), target.getName(), name, room.reason())));
        }
        assertThat(broken).isEmpty();
    }

    /* A model that attended past its options would take no notice of withAttentionBackend, as some of diffusers' do. */
    @Test
    void modelsAttendByTheirOptionsAlone() {
        Set<String> callers = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(PREFIX + "models", PREFIX + "nn", PREFIX + "pipelines")) {
            type.getMethodCallsFromSelf().stream()
                    .filter(call -> call.getTarget().getName().equals("scaledDotProductAttention"))
                    .forEach(call -> callers.add(type.getName()));
        }
        assertThat(callers).containsExactly(AttentionOptions.class.getName());
    }

    @Test
    void theTableSeesTheClasses() {
        assertThat(new ClassFileImporter().importPackages("io.github.tintype"))
                .extracting(RoomsTest::room)
                .contains("tensor", "app");
    }

    @Test
    void theTableHasNoCycle() {
        Set<String> above = new HashSet<>();
        for (Room room : ROOMS) {
            assertThat(above).as("rooms above " + room.name()).containsAll(room.allowed());
            above.add(room.name());
        }
    }

    private static String room(JavaClass type) {
        String rest = type.getPackageName().substring(PREFIX.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
