package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.UnsupportedOpException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** oneDNN's engine and stream, and the calls that make primitives and run them. */
final class Executor {
    private static final int CPU = 1;
    private static final int IN_ORDER = 1;
    private static final int QUERY_EXEC_ARG_MD = 255;
    private static final int QUERY_IMPLEMENTATION = 8;
    private static final List<String> STATUS = List.of(
            "success",
            "out of memory",
            "invalid arguments",
            "unimplemented",
            "last implementation reached",
            "runtime error",
            "not required");

    /** Of primitives. */
    final NativeOwner owner = new NativeOwner();

    final long engine;
    final long stream;
    final Native.Words4 execute;
    final Native.Words4 setHandle;
    final Native.Words4 destroyMemory;
    final Native.Words4 destroyPrimitive;
    private final Native.Words4 createMemory;
    private final Native.Words4 createPrimitive;
    private final Native.Words4 destroyPrimitiveDesc;
    private final Native.Words4 queryDesc;
    private final Native.Words4 query;

    Executor(SymbolLookup dnnl) {
        execute = Native.Words4.of(dnnl, "dnnl_primitive_execute");
        setHandle = Native.Words4.of(dnnl, "dnnl_memory_set_data_handle");
        destroyMemory = Native.Words4.of(dnnl, "dnnl_memory_destroy");
        destroyPrimitive = Native.Words4.of(dnnl, "dnnl_primitive_destroy");
        createMemory = Native.Words4.of(dnnl, "dnnl_memory_create");
        createPrimitive = Native.Words4.of(dnnl, "dnnl_primitive_create");
        destroyPrimitiveDesc = Native.Words4.of(dnnl, "dnnl_primitive_desc_destroy");
        queryDesc = Native.Words4.of(dnnl, "dnnl_primitive_desc_query_md");
        query = Native.Words4.of(dnnl, "dnnl_primitive_desc_query");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            check(
                    Native.Words4.of(dnnl, "dnnl_engine_create").status(result.address(), CPU, 0, 0),
                    "engine",
                    List.of());
            engine = result.get(JAVA_LONG, 0);
            check(
                    Native.Words4.of(dnnl, "dnnl_stream_create").status(result.address(), engine, IN_ORDER, 0),
                    "stream",
                    List.of());
            stream = result.get(JAVA_LONG, 0);
        }
    }

    /** The primitive of a descriptor, which is destroyed. */
    Primitive primitive(long descriptor, String kind, List<Primitive.Argument> arguments, Descriptors.Scope scope) {
        try {
            List<Primitive.Argument> resolved = new ArrayList<>();
            for (Primitive.Argument argument : arguments) {
                MemoryDesc desc = argument.desc();
                if (desc instanceof MemoryDesc.Any) {
                    long chosen = queryDesc.call(descriptor, QUERY_EXEC_ARG_MD, argument.index(), 0);
                    desc = scope.packed(desc.dtype(), chosen);
                }
                resolved.add(new Primitive.Argument(argument.index(), desc));
            }
            long pad = queryDesc.call(descriptor, QUERY_EXEC_ARG_MD, OneDnn.SCRATCHPAD, 0);
            MemoryDesc scratchpad = scope.packed(io.github.tintype.tensor.DType.U8, pad);
            MemorySegment result = scope.arena().allocate(JAVA_LONG);
            query.call(descriptor, QUERY_IMPLEMENTATION, 0, result.address());
            String implementation = Native.string(result.get(JAVA_LONG, 0));
            check(createPrimitive.status(result.address(), descriptor, 0, 0), kind, arguments);
            return new Primitive(
                    this, result.get(JAVA_LONG, 0), kind, implementation, resolved, scratchpad, scope.owner());
        } finally {
            destroyPrimitiveDesc.call(descriptor, 0, 0, 0);
        }
    }

    /** A memory object without an address. */
    long memory(long desc, Arena arena) {
        MemorySegment result = arena.allocate(JAVA_LONG);
        check(createMemory.status(result.address(), desc, engine, 0), "memory object", List.of());
        return result.get(JAVA_LONG, 0);
    }

    static void check(int status, String what, List<Primitive.Argument> arguments) {
        if (status == 0) {
            return;
        }
        String found = status < STATUS.size() ? STATUS.get(status) : "status " + status;
        String text = "oneDNN %s: got %s for %s, wanted success"
                .formatted(
                        what,
                        found,
                        arguments.stream()
                                .map(argument -> argument.desc().toString())
                                .collect(Collectors.joining(", ", "(", ")")));
        throw switch (status) {
            case 1 -> new DeviceException(DeviceException.Reason.MEMORY, text);
            case 3 -> new UnsupportedOpException(text);
            case 5 -> new DeviceException(DeviceException.Reason.COMPUTE, text);
            default -> new DeviceException(DeviceException.Reason.NATIVE, text);
        };
    }
}
