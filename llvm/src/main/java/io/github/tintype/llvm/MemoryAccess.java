package io.github.tintype.llvm;

import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Loads and stores: one element, a row of neighbours, or an element for each lane. Addresses are those of the element 0, indices 64-bit values by name. */
final class MemoryAccess {
    private final Emitter e;
    private final Conversions conversions;

    MemoryAccess(Emitter e, Conversions conversions) {
        this.e = e;
        this.conversions = conversions;
    }

    /** How an element is stored. */
    String type(Memory memory) {
        return conversions.memoryType(memory.dtype());
    }

    /** The type of an address: where an element lies decides it on a GPU. */
    String pointer(Memory memory) {
        if (!e.isGpu()) {
            return "ptr";
        }
        return switch (memory) {
            case Memory.Buffer _ -> "ptr addrspace(1)";
            case Memory.Local _ -> "ptr addrspace(3)";
        };
    }

    private String address(Memory memory, String base, String index) {
        return e.emit("getelementptr inbounds {}, {} {}, i64 {}", type(memory), pointer(memory), base, index);
    }

    String load(Memory memory, String base, String index) {
        String raw = e.emit(
                "load {}, {} {}, align {}",
                type(memory),
                pointer(memory),
                address(memory, base, index),
                memory.dtype().bytes());
        return conversions.widen(memory.dtype(), raw, false);
    }

    /** Neighbours, whose first address is a multiple of {@code alignment} bytes. */
    String loadRow(Memory memory, String base, String index, Optional<String> mask, int alignment) {
        String type = e.of(type(memory), true);
        String address = address(memory, base, index);
        if (mask.isEmpty()) {
            return conversions.widen(
                    memory.dtype(),
                    e.emit("load {}, {} {}, align {}", type, pointer(memory), address, alignment),
                    true);
        }
        String name = "@llvm.masked.load.%s.p0".formatted(e.suffix(type(memory), true));
        e.declare("declare %s %s(ptr, i32 immarg, %s, %s)".formatted(type, name, e.of("i1", true), type));
        String raw = e.emit(
                "call {} {}(ptr {}, i32 {}, {} {}, {} zeroinitializer)",
                type,
                name,
                address,
                alignment,
                e.of("i1", true),
                mask.get(),
                type);
        return conversions.widen(memory.dtype(), raw, true);
    }

    /** An element for each lane; all addresses are good ones. */
    String gather(Memory memory, String base, List<String> indices) {
        List<String> elements = indices.stream()
                .map(index -> e.emit(
                        "load {}, {} {}, align {}",
                        type(memory),
                        pointer(memory),
                        address(memory, base, index),
                        memory.dtype().bytes()))
                .toList();
        return conversions.widen(memory.dtype(), collect(type(memory), elements), true);
    }

    /** Where an element lies, which may be outside of the memory. */
    String anyAddress(Memory memory, String base, String index) {
        return e.emit("getelementptr {}, ptr {}, i64 {}", type(memory), base, index);
    }

    /** Asks for the line at an address in the second-level cache: the first one is full of what is at hand. */
    void prefetch(String address) {
        e.declare("declare void @llvm.prefetch.p0(ptr, i32 immarg, i32 immarg, i32 immarg)");
        e.line("call void @llvm.prefetch.p0(ptr {}, i32 0, i32 2, i32 1)", address);
    }

    /** Neighbours from {@code index} times their number on, as one {@code i32}. */
    String loadPacked(Packed packed, Memory memory, String base, String index) {
        return packed(packed, memory, base, index, false);
    }

    /** Likewise for as many such side by side as there are lanes. */
    String loadPackedRow(Packed packed, Memory memory, String base, String index) {
        return packed(packed, memory, base, index, true);
    }

    /** Likewise for each lane. */
    String gatherPacked(Packed packed, Memory memory, String base, List<String> indices) {
        return collect(
                "i32",
                indices.stream()
                        .map(index -> loadPacked(packed, memory, base, index))
                        .toList());
    }

    /* All as one element of so many bits: so it is addressed as others are. */
    private String packed(Packed packed, Memory memory, String base, String index, boolean v) {
        int bytes = memory.dtype().bytes();
        int bits = packed.count() * bytes * Byte.SIZE;
        String address = e.emit("getelementptr inbounds i{}, {} {}, i64 {}", bits, pointer(memory), base, index);
        String type = e.of("i32", v);
        if (bits == Integer.SIZE) {
            return e.emit("load {}, {} {}, align {}", type, pointer(memory), address, bytes);
        }
        // halves of bytes
        int count = v ? packed.count() * e.lanes() : packed.count();
        String raw = e.emit("load <{} x i8>, {} {}, align 1", count, pointer(memory), address);
        String wide = e.emit("sext <{} x i8> {} to <{} x i16>", count, raw, count);
        return e.emit("bitcast <{} x i16> {} to {}", count, wide, type);
    }

    /** A register of single values. */
    String collect(String scalar, List<String> elements) {
        String register = "poison";
        for (int lane = 0; lane < elements.size(); lane++) {
            register = e.emit(
                    "insertelement {} {}, {} {}, i64 {}",
                    e.of(scalar, true),
                    register,
                    scalar,
                    elements.get(lane),
                    lane);
        }
        return register;
    }

    void store(Memory memory, String base, String index, String value) {
        String raw = conversions.narrow(memory.dtype(), value, false);
        e.line(
                "store {} {}, {} {}, align {}",
                type(memory),
                raw,
                pointer(memory),
                address(memory, base, index),
                memory.dtype().bytes());
    }

    /** Neighbours, likewise. */
    void storeRow(Memory memory, String base, String index, String value, Optional<String> mask, int alignment) {
        String type = e.of(type(memory), true);
        String raw = conversions.narrow(memory.dtype(), value, true);
        String address = address(memory, base, index);
        if (mask.isEmpty()) {
            e.line("store {} {}, {} {}, align {}", type, raw, pointer(memory), address, alignment);
            return;
        }
        String name = "@llvm.masked.store.%s.p0".formatted(e.suffix(type(memory), true));
        e.declare("declare void %s(%s, ptr, i32 immarg, %s)".formatted(name, type, e.of("i1", true)));
        e.line(
                "call void {}({} {}, ptr {}, i32 {}, {} {})",
                name,
                type,
                raw,
                address,
                alignment,
                e.of("i1", true),
                mask.get());
    }

    /** Bytes of a row of neighbours. */
    int rowBytes(Memory memory) {
        return e.lanes() * memory.dtype().bytes();
    }

    /** The address of an element as an {@code i64}. */
    String addressBits(Memory memory, String base, String index) {
        return e.emit("ptrtoint {} {} to i64", pointer(memory), address(memory, base, index));
    }

    /** Neighbours past the caches; their first address is a multiple of {@link #rowBytes}. Others see them after {@link #fence}. */
    void storeRowPast(Memory memory, String base, String index, String value) {
        String raw = conversions.narrow(memory.dtype(), value, true);
        e.declare("!0 = !{i32 1}");
        e.line(
                "store {} {}, ptr {}, align {}, !nontemporal !0",
                e.of(type(memory), true),
                raw,
                address(memory, base, index),
                rowBytes(memory));
    }

    /** What was written past the caches comes before what is written from here on. */
    void fence() {
        e.declare("declare void @llvm.x86.sse.sfence()");
        e.line("call void @llvm.x86.sse.sfence()");
    }

    /** An element from each lane to an address of its own. */
    void scatter(Memory memory, String base, List<String> indices, String value, Optional<String> mask) {
        String type = e.of(type(memory), true);
        String raw = conversions.narrow(memory.dtype(), value, true);
        List<String> addresses = new ArrayList<>();
        indices.forEach(index -> addresses.add(address(memory, base, index)));
        int alignment = memory.dtype().bytes();
        if (mask.isEmpty()) {
            for (int lane = 0; lane < addresses.size(); lane++) {
                String element = e.emit("extractelement {} {}, i64 {}", type, raw, lane);
                e.line(
                        "store {} {}, {} {}, align {}",
                        type(memory),
                        element,
                        pointer(memory),
                        addresses.get(lane),
                        alignment);
            }
            return;
        }
        String pointers = collect("ptr", addresses);
        String name = "@llvm.masked.scatter.%s.%s".formatted(e.suffix(type(memory), true), e.suffix("ptr", true));
        e.declare("declare void %s(%s, %s, i32 immarg, %s)".formatted(name, type, e.of("ptr", true), e.of("i1", true)));
        e.line(
                "call void {}({} {}, {} {}, i32 {}, {} {})",
                name,
                type,
                raw,
                e.of("ptr", true),
                pointers,
                alignment,
                e.of("i1", true),
                mask.get());
    }

    String narrow(DType dtype, String value, boolean v) {
        boolean changes = dtype.isFloat() ? dtype.bytes() < Float.BYTES : dtype.bytes() < Integer.BYTES;
        return changes ? conversions.widen(dtype, conversions.narrow(dtype, value, v), v) : value;
    }
}
