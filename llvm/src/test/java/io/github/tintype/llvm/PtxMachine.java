package io.github.tintype.llvm;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.llvm.PtxProgram.Entry;
import io.github.tintype.llvm.PtxProgram.Instruction;
import io.github.tintype.llvm.PtxProgram.Operand;
import io.github.tintype.loop.Launch;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.PtxModule;
import io.github.tintype.loop.lower.LoopPlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Runs PTX thread by thread, in place of a GPU: each until it waits for others, the last one first. Addresses are checked against their buffers and against
 * the alignment that a wide access needs; a barrier or an exchange that not all get to ends the run.
 */
record PtxMachine(PtxCompiler compiler, GpuArchitecture architecture, CompileEffort effort)
        implements LoopHarness.Runner {
    private static final int WARP = 32;
    /* Buffer k begins at (k + 1) · 2^32. */
    private static final int BUFFER = 32;

    @Override
    public void run(LoopPlan plan, List<MemorySegment> buffers) {
        PtxModule module = compiler.ptx(plan.program(), architecture, effort);
        PtxProgram program = PtxProgram.read(module.text());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block =
                    arena.allocate(ValueLayout.JAVA_LONG, plan.program().words());
            plan.writeConstants(block, 0);
            for (int i = 0; i < buffers.size(); i++) {
                block.setAtIndex(ValueLayout.JAVA_LONG, i, (i + 1L) << BUFFER);
            }
            for (Launch launch : module.launches()) {
                Entry entry = Objects.requireNonNull(program.entries().get(launch.entry()));
                int blocks = launch.blocks(plan::size);
                for (int i = blocks - 1; i >= 0; i--) {
                    new Block(entry, block, buffers, program.sharedBytes(), i, blocks).run();
                }
            }
        }
    }

    private enum State {
        READY,
        AT_BARRIER,
        AT_SHUFFLE,
        DONE
    }

    private static final class Worker {
        private final int number;
        private final long[] registers;
        private int at;
        private State state = State.READY;

        private Worker(int number, int registers) {
            this.number = number;
            this.registers = new long[registers];
        }
    }

    private static final class Block {
        private final Entry entry;
        private final MemorySegment block;
        private final List<MemorySegment> buffers;
        private final MemorySegment shared;
        private final int number;
        private final int blocks;
        private final List<Worker> threads = new ArrayList<>();

        private Block(
                Entry entry,
                MemorySegment block,
                List<MemorySegment> buffers,
                int sharedBytes,
                int number,
                int blocks) {
            this.entry = entry;
            this.block = block;
            this.buffers = buffers;
            this.number = number;
            this.blocks = blocks;
            shared = MemorySegment.ofArray(new long[Math.ceilDiv(sharedBytes, Long.BYTES)])
                    .fill((byte) 0xff);
            for (int i = 0; i < entry.threads(); i++) {
                threads.add(new Worker(i, entry.registers()));
            }
        }

        void run() {
            while (threads.stream().anyMatch(thread -> thread.state != State.DONE)) {
                for (Worker thread : threads.reversed()) {
                    while (thread.state == State.READY) {
                        step(thread);
                    }
                }
                boolean moved = false;
                for (int first = 0; first < threads.size(); first += WARP) {
                    moved |= shuffle(threads.subList(first, first + WARP));
                }
                if (!moved && threads.stream().anyMatch(thread -> thread.state == State.AT_BARRIER)) {
                    barrier();
                }
            }
        }

        private void barrier() {
            if (threads.stream().anyMatch(thread -> thread.state != State.AT_BARRIER)) {
                throw new IllegalStateException("ptx: %s: not all threads get to a barrier".formatted(entry.name()));
            }
            threads.forEach(thread -> {
                thread.state = State.READY;
                thread.at++;
            });
        }

        private boolean shuffle(List<Worker> warp) {
            if (warp.stream().noneMatch(thread -> thread.state == State.AT_SHUFFLE)) {
                return false;
            }
            int at = warp.getFirst().at;
            if (warp.stream().anyMatch(thread -> thread.state != State.AT_SHUFFLE || thread.at != at)) {
                throw new IllegalStateException("ptx: %s: not all threads get to a shuffle".formatted(entry.name()));
            }
            Instruction instruction = entry.instructions().get(at);
            int destination = register(instruction.operands().get(0));
            long[] values = warp.stream()
                    .mapToLong(thread -> value(thread, instruction.operands().get(1)))
                    .toArray();
            for (int i = 0; i < WARP; i++) {
                Worker thread = warp.get(i);
                int by = (int) value(thread, instruction.operands().get(2));
                int from = switch (instruction.name().get(2)) {
                    case "down" -> i + by < WARP ? i + by : i;
                    case "idx" -> by;
                    default -> throw new IllegalArgumentException(instruction.text());
                };
                thread.registers[destination] = values[from];
                thread.state = State.READY;
                thread.at++;
            }
            return true;
        }

        private void step(Worker thread) {
            Instruction instruction = entry.instructions().get(thread.at);
            if (instruction.guard() >= 0 && (thread.registers[instruction.guard()] != 0) == instruction.negated()) {
                thread.at++;
                return;
            }
            switch (instruction.name().getFirst()) {
                case "bra" -> thread.at = instruction.target();
                case "ret" -> thread.state = State.DONE;
                case "bar" -> thread.state = State.AT_BARRIER;
                case "shfl" -> thread.state = State.AT_SHUFFLE;
                default -> {
                    plain(thread, instruction);
                    thread.at++;
                }
            }
        }

        private void plain(Worker thread, Instruction instruction) {
            List<Operand> operands = instruction.operands();
            switch (instruction.name().getFirst()) {
                case "ld" -> load(thread, instruction);
                case "st" -> store(thread, instruction);
                case "mov" -> move(thread, instruction);
                default -> {
                    long[] values = operands.stream()
                            .skip(1)
                            .mapToLong(operand -> value(thread, operand))
                            .toArray();
                    thread.registers[register(operands.getFirst())] = PtxArithmetic.compute(instruction, values);
                }
            }
        }

        /* A register to its parts, or the other way round. */
        private void move(Worker thread, Instruction instruction) {
            Operand to = instruction.operands().get(0);
            Operand from = instruction.operands().get(1);
            int bits = PtxArithmetic.bits(instruction.type());
            if (to instanceof Operand.Vector(List<Operand> parts)) {
                long whole = value(thread, from);
                int each = bits / parts.size();
                for (int i = 0; i < parts.size(); i++) {
                    thread.registers[register(parts.get(i))] = PtxArithmetic.low(whole >>> (i * each), each);
                }
                return;
            }
            long value = 0;
            if (from instanceof Operand.Vector(List<Operand> parts)) {
                int each = bits / parts.size();
                for (int i = 0; i < parts.size(); i++) {
                    value |= PtxArithmetic.low(value(thread, parts.get(i)), each) << (i * each);
                }
            } else {
                value = value(thread, from);
            }
            thread.registers[register(to)] = PtxArithmetic.low(value, bits);
        }

        private static List<Operand> parts(Operand operand) {
            return operand instanceof Operand.Vector(List<Operand> parts) ? parts : List.of(operand);
        }

        private record Place(MemorySegment memory, long offset) {}

        private Place place(Worker thread, Instruction instruction, Operand operand, int bytes) {
            Operand.Address address = (Operand.Address) operand;
            long at = value(thread, address.base()) + address.offset();
            if (at % bytes != 0) {
                throw new IllegalStateException("ptx: %s: got address %x".formatted(instruction.text(), at));
            }
            return switch (instruction.name().get(1)) {
                case "param" -> new Place(block, at);
                case "shared" -> new Place(shared, at);
                case "global" -> new Place(buffers.get((int) (at >>> BUFFER) - 1), at & ((1L << BUFFER) - 1));
                default -> throw new IllegalArgumentException(instruction.text());
            };
        }

        private void load(Worker thread, Instruction instruction) {
            List<Operand> parts = parts(instruction.operands().get(0));
            int bytes = PtxArithmetic.bits(instruction.type()) / Byte.SIZE;
            Place place = place(thread, instruction, instruction.operands().get(1), bytes * parts.size());
            byte[] all = new byte[bytes * parts.size()];
            MemorySegment.copy(place.memory, ValueLayout.JAVA_BYTE, place.offset, all, 0, all.length);
            for (int i = 0; i < parts.size(); i++) {
                long value = 0;
                for (int k = bytes - 1; k >= 0; k--) {
                    value = value << Byte.SIZE | (all[i * bytes + k] & 0xff);
                }
                boolean signed = instruction.type().startsWith("s");
                thread.registers[register(parts.get(i))] =
                        signed ? PtxArithmetic.signed(value, bytes * Byte.SIZE) : value;
            }
        }

        private void store(Worker thread, Instruction instruction) {
            List<Operand> parts = parts(instruction.operands().get(1));
            int bytes = PtxArithmetic.bits(instruction.type()) / Byte.SIZE;
            Place place = place(thread, instruction, instruction.operands().get(0), bytes * parts.size());
            byte[] all = new byte[bytes * parts.size()];
            for (int i = 0; i < parts.size(); i++) {
                long value = value(thread, parts.get(i));
                for (int k = 0; k < bytes; k++) {
                    all[i * bytes + k] = (byte) (value >>> (k * Byte.SIZE));
                }
            }
            MemorySegment.copy(all, 0, place.memory, ValueLayout.JAVA_BYTE, place.offset, all.length);
        }

        private static int register(Operand operand) {
            return ((Operand.Register) operand).number();
        }

        private long value(Worker thread, Operand operand) {
            return switch (operand) {
                case Operand.Register(int register) -> thread.registers[register];
                case Operand.Bits(long bits) -> bits;
                case Operand.Special(String name) ->
                    switch (name) {
                        case "%tid.x" -> thread.number;
                        case "%ctaid.x" -> number;
                        default -> blocks;
                    };
                case Operand.Vector _, Operand.Address _ -> throw new IllegalArgumentException(operand.toString());
            };
        }
    }
}
