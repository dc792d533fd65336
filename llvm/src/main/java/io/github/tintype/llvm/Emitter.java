package io.github.tintype.llvm;

import io.github.tintype.loop.ValueType;
import java.util.Set;
import java.util.TreeSet;

/** The text of one function as it grows: instructions in order, names for their results. */
final class Emitter {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder entry = new StringBuilder();
    private final Set<String> declarations = new TreeSet<>();
    private final int lanes;
    private final Features features;
    private int names;

    Emitter(int lanes, Features features) {
        this.lanes = lanes;
        this.features = features;
    }

    int lanes() {
        return lanes;
    }

    boolean has(Features.Feature feature) {
        return features.has(feature);
    }

    /** For what has no twin. @throws IllegalStateException if the target lacks it: LLVM would end the JVM */
    void require(Features.Feature feature) {
        if (!has(feature)) {
            throw new IllegalStateException("llvm: the target lacks " + feature);
        }
    }

    /** Whether memory lies in several spaces. */
    boolean isGpu() {
        return features.isGpu();
    }

    /** An instruction with a result, whose name is returned; each {@code {}} is one of {@code details}. */
    String emit(String instruction, Object... details) {
        String name = fresh("t");
        text.append("  ").append(name).append(" = ");
        fill(instruction, details);
        return name;
    }

    /** An instruction without a result. */
    void line(String instruction, Object... details) {
        text.append("  ");
        fill(instruction, details);
    }

    /* No Formatter: its sign is that of names here. */
    private void fill(String instruction, Object[] details) {
        int from = 0;
        for (Object detail : details) {
            int at = instruction.indexOf("{}", from);
            text.append(instruction, from, at).append(detail);
            from = at + 2;
        }
        text.append(instruction, from, instruction.length()).append('\n');
    }

    /** A block begins. */
    void label(String name) {
        text.append(name).append(":\n");
    }

    /** Memory on the stack for the whole call, by its address. */
    String alloca(String type, int alignment) {
        String name = fresh("a");
        entry.append("  %s = alloca %s, align %d%n".formatted(name, type, alignment));
        return name;
    }

    String fresh(String prefix) {
        return "%" + prefix + names++;
    }

    String freshLabel(String prefix) {
        return prefix + names++;
    }

    /** Calls {@code llvm.NAME} on operands that all have {@code type}, which the result has too. */
    String intrinsic(String name, String scalar, boolean vector, String... operands) {
        String type = of(scalar, vector);
        String full = "@llvm.%s.%s".formatted(name, suffix(scalar, vector));
        declare("declare %s %s(%s)"
                .formatted(type, full, String.join(", ", java.util.Collections.nCopies(operands.length, type))));
        return emit("call {} {}({})", type, full, type + " " + String.join(", " + type + " ", operands));
    }

    void declare(String declaration) {
        declarations.add(declaration);
    }

    /** As LLVM mangles a type in the name of an intrinsic. */
    String suffix(String scalar, boolean vector) {
        String name = switch (scalar) {
            case "float" -> "f32";
            case "double" -> "f64";
            case "half" -> "f16";
            case "ptr" -> "p0";
            default -> scalar;
        };
        return vector ? "v" + lanes + name : name;
    }

    /** A type, or a register of it. */
    String of(String scalar, boolean vector) {
        return vector ? "<%d x %s>".formatted(lanes, scalar) : scalar;
    }

    /** A number, in each lane of a register. */
    String constant(String scalar, String literal, boolean vector) {
        return vector ? "splat (%s %s)".formatted(scalar, literal) : literal;
    }

    /** One value in all lanes. */
    String splat(String scalar, String value) {
        String one = emit("insertelement {} poison, {} {}, i64 0", of(scalar, true), scalar, value);
        String register = of(scalar, true);
        return emit("shufflevector {} {}, {} poison, <{} x i32> zeroinitializer", register, one, register, lanes);
    }

    static String llvm(ValueType type) {
        return switch (type) {
            case F32 -> "float";
            case F64 -> "double";
            case I32 -> "i32";
            case I64 -> "i64";
            case BOOL -> "i1";
        };
    }

    Set<String> declarations() {
        return declarations;
    }

    /** The function's body: stack memory first. */
    String body() {
        return "entry:\n" + entry + text;
    }
}
