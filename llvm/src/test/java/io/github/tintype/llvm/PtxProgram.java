package io.github.tintype.llvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A module of PTX, read.
 *
 * @param shared where each array of shared memory begins
 * @param sharedBytes how much there is of it
 */
record PtxProgram(Map<String, Entry> entries, Map<String, Integer> shared, int sharedBytes) {
    /**
     * A kernel.
     *
     * @param threads of a block, as it requires
     * @param parameterBytes of its one parameter
     * @param registers how many names there are
     */
    record Entry(String name, int threads, int parameterBytes, int registers, List<Instruction> instructions) {}

    /**
     * @param guard the predicate under which it is done, which is register {@code guard} or not ({@code negated}); −1 for none
     * @param name its words, e.g. {@code cvt}, {@code rn}, {@code f32}, {@code f16}
     * @param target where a branch goes
     */
    record Instruction(int guard, boolean negated, List<String> name, List<Operand> operands, int target, String text) {
        String type() {
            return name.getLast();
        }
    }

    /** What an instruction works on. */
    sealed interface Operand {
        record Register(int number) implements Operand {}

        record Bits(long bits) implements Operand {}

        record Vector(List<Operand> parts) implements Operand {}

        record Address(Operand base, long offset) implements Operand {}

        /** {@code %tid.x} and its like. */
        record Special(String name) implements Operand {}
    }

    private static final Pattern SHARED = Pattern.compile("\\.shared \\.align (\\d+) \\.b8 (\\w+)\\[(\\d+)];");
    private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(");
    private static final Pattern PARAMETER = Pattern.compile("\\.param \\.align 8 \\.b8 (\\w+)\\[(\\d+)]");
    private static final Pattern THREADS = Pattern.compile("\\.reqntid (\\d+), 1, 1");
    /* The upper half of a register, of 16 or 32 bits. */
    private static final Pattern UPPER =
            Pattern.compile("\\{ \\.reg \\.b(16|32) tmp; mov\\.b(32|64) \\{tmp, (\\S+)}, (\\S+); }");
    private static final Pattern LINE = Pattern.compile("(?:@(!?)(%p\\d+)\\s+)?([a-z][a-z0-9.]*)(?:\\s+(.*))?;");

    /** @throws IllegalArgumentException for what our kernels have no use for */
    static PtxProgram read(String text) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, Integer> shared = new HashMap<>();
        int bytes = 0;
        Reader reader = new Reader(shared);
        for (String raw : text.lines().toList()) {
            int comment = raw.indexOf("//");
            String line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
            Matcher array = SHARED.matcher(line);
            if (array.matches()) {
                int alignment = Integer.parseInt(array.group(1));
                bytes = Math.ceilDiv(bytes, alignment) * alignment;
                shared.put(array.group(2), bytes);
                bytes += Integer.parseInt(array.group(3));
            } else if (line.equals("}")) {
                Entry entry = reader.end();
                entries.put(entry.name, entry);
                reader = new Reader(shared);
            } else if (!line.isEmpty()) {
                reader.line(line);
            }
        }
        return new PtxProgram(entries, shared, bytes);
    }

    private static final class Reader {
        private final Map<String, Integer> shared;
        private final Map<String, Integer> registers = new HashMap<>();
        private final Map<String, Integer> labels = new HashMap<>();
        private final List<String> lines = new ArrayList<>();
        private String name = "";
        private String parameter = "";
        private int parameterBytes;
        private int threads;

        Reader(Map<String, Integer> shared) {
            this.shared = shared;
        }

        void line(String line) {
            Matcher entry = ENTRY.matcher(line);
            Matcher block = PARAMETER.matcher(line);
            Matcher required = THREADS.matcher(line);
            if (entry.matches()) {
                name = entry.group(1);
            } else if (block.matches()) {
                parameter = block.group(1);
                parameterBytes = Integer.parseInt(block.group(2));
            } else if (required.matches()) {
                threads = Integer.parseInt(required.group(1));
            } else if (line.endsWith(":")) {
                labels.put(line.substring(0, line.length() - 1), lines.size());
            } else if (!line.startsWith(".") && !line.equals("{") && !line.equals(")")) {
                lines.add(line);
            }
        }

        Entry end() {
            List<Instruction> instructions =
                    lines.stream().map(this::instruction).toList();
            return new Entry(name, threads, parameterBytes, registers.size(), instructions);
        }

        private Instruction instruction(String line) {
            Matcher upper = UPPER.matcher(line);
            if (upper.matches()) {
                return instruction("shr.u%s %s, %s, %s;"
                        .formatted(upper.group(2), upper.group(3), upper.group(4), upper.group(1)));
            }
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IllegalArgumentException("ptx: got " + line);
            }
            int guard = parts.group(2) == null ? -1 : register(parts.group(2));
            List<String> words = List.of(parts.group(3).split("\\.", -1));
            String rest = Optional.ofNullable(parts.group(4)).orElse("");
            boolean negated = "!".equals(parts.group(1));
            if (words.getFirst().equals("bra")) {
                return new Instruction(guard, negated, words, List.of(), target(rest), line);
            }
            return new Instruction(guard, negated, words, operands(rest), -1, line);
        }

        private int target(String label) {
            return Optional.ofNullable(labels.get(label))
                    .orElseThrow(() -> new IllegalArgumentException("ptx: got label " + label));
        }

        private int register(String register) {
            return registers.computeIfAbsent(register, _ -> registers.size());
        }

        private List<Operand> operands(String text) {
            List<Operand> operands = new ArrayList<>();
            int depth = 0;
            int from = 0;
            for (int i = 0; i <= text.length(); i++) {
                char c = i == text.length() ? ',' : text.charAt(i);
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                if (c == ',' && depth == 0) {
                    String one = text.substring(from, i).strip();
                    if (!one.isEmpty()) {
                        operands.add(operand(one));
                    }
                    from = i + 1;
                }
            }
            return operands;
        }

        private Operand operand(String text) {
            if (text.startsWith("{")) {
                return new Operand.Vector(operands(text.substring(1, text.length() - 1)));
            }
            if (text.startsWith("[")) {
                String[] parts = text.substring(1, text.length() - 1).split("\\+", -1);
                return new Operand.Address(operand(parts[0]), parts.length == 1 ? 0 : Long.parseLong(parts[1]));
            }
            if (text.matches("%(tid|ctaid|nctaid)\\.x")) {
                return new Operand.Special(text);
            }
            if (text.startsWith("%")) {
                return new Operand.Register(register(text));
            }
            if (text.startsWith("0f") || text.startsWith("0d")) {
                return new Operand.Bits(Long.parseUnsignedLong(text.substring(2), 16));
            }
            if (text.startsWith("0x")) {
                return new Operand.Bits(Long.parseUnsignedLong(text.substring(2).replace("U", ""), 16));
            }
            if (text.equals(parameter)) {
                return new Operand.Bits(0);
            }
            if (shared.containsKey(text)) {
                return new Operand.Bits(shared.get(text));
            }
            return new Operand.Bits(Long.parseLong(text.replace("U", "")));
        }
    }
}
