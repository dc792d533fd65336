package io.github.tintype.code;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the object files that a compiler writes for x86-64 Linux, strictly: code and constants only, every reference relative and inside of the file. The
 * sections come one after another in the image and their references are resolved. Source: ELF-64 Object File Format 1.5, System V ABI AMD64 supplement 1.0 § 4.4.
 */
public final class ElfObject {
    private static final int HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int SYMBOL = 24;
    private static final int RELOCATION = 24;
    private static final int MOST_SECTIONS = 4096;
    private static final int MOST_ALIGNMENT = 4096;

    private static final int PROGBITS = 1;
    private static final int SYMTAB = 2;
    private static final int RELA = 4;
    private static final int NOBITS = 8;
    private static final int REL = 9;
    private static final long WRITE = 1;
    private static final long ALLOC = 2;
    private static final int FUNCTION = 2;
    /* Relative to the place itself, 32 bits; with PLT32, to a function that may be elsewhere, which ours never are. */
    private static final int PC32 = 2;
    private static final int PLT32 = 4;

    private record Section(int type, long flags, int offset, int size, int link, int info, int alignment) {
        boolean isLoaded() {
            return (flags & ALLOC) != 0 && size > 0;
        }
    }

    private final ByteBuffer file;
    private final List<Section> sections = new ArrayList<>();
    /* Where each loaded section begins in the image; −1 for the others. */
    private int[] places = {};
    private byte[] image = {};

    private ElfObject(byte[] object) {
        file = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** @throws IllegalArgumentException saying what was found, if {@code object} is damaged, of another kind, or needs anything outside of itself */
    public static Image read(byte[] object) {
        try {
            return new ElfObject(object).read();
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "object file: got one of %d bytes that ends too early".formatted(object.length), e);
        }
    }

    private Image read() {
        require(file.limit() >= HEADER && file.getInt(0) == 0x464c457f, "no ELF file");
        require(file.get(4) == 2 && file.get(5) == 1, "another ELF than 64-bit little-endian");
        require(file.getShort(16) == 1, "ELF type %d, wanted an object".formatted(file.getShort(16)));
        require(file.getShort(18) == 62, "machine %d, wanted x86-64".formatted(file.getShort(18)));
        require(file.getShort(58) == SECTION_HEADER, "section headers of %d bytes".formatted(file.getShort(58)));
        readSections();
        place();
        Map<String, Integer> entries = new HashMap<>();
        for (Section section : sections) {
            switch (section.type) {
                case RELA -> relocate(section);
                case REL -> throw failure("relocations without addends");
                case SYMTAB -> readFunctions(section, entries);
                default -> {}
            }
        }
        return new Image(image, entries);
    }

    private void readSections() {
        long table = file.getLong(40);
        int count = Short.toUnsignedInt(file.getShort(60));
        require(count > 0 && count <= MOST_SECTIONS, "%d sections".formatted(count));
        require(
                table >= HEADER && table <= file.limit() - (long) count * SECTION_HEADER,
                "section table at %d".formatted(table));
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * SECTION_HEADER;
            int type = file.getInt(at + 4);
            long offset = file.getLong(at + 24);
            long size = file.getLong(at + 32);
            boolean inside = type == NOBITS || (offset >= 0 && size >= 0 && offset <= file.limit() - size);
            require(i == 0 || inside, "section %d at %d of %d bytes".formatted(i, offset, size));
            long alignment = Math.max(1, file.getLong(at + 48));
            boolean aligned = alignment <= MOST_ALIGNMENT && Long.bitCount(alignment) == 1;
            require(aligned, "section %d aligned to %d".formatted(i, alignment));
            sections.add(new Section(
                    type,
                    file.getLong(at + 8),
                    i == 0 ? 0 : (int) offset,
                    i == 0 || type == NOBITS ? 0 : (int) size,
                    file.getInt(at + 40),
                    file.getInt(at + 44),
                    (int) alignment));
            require(type != NOBITS || size == 0, "section %d of %d zeros".formatted(i, size));
        }
    }

    private void place() {
        places = new int[sections.size()];
        long end = 0;
        for (int i = 0; i < places.length; i++) {
            Section section = sections.get(i);
            places[i] = -1;
            if (section.isLoaded()) {
                require(section.type == PROGBITS, "section %d of type %d to be loaded".formatted(i, section.type));
                require((section.flags & WRITE) == 0, "section %d of writable data".formatted(i));
                end = Math.ceilDiv(end, section.alignment) * section.alignment;
                places[i] = (int) end;
                end += section.size;
                require(end <= Image.MOST_BYTES, "more than %d bytes to load".formatted(Image.MOST_BYTES));
            }
        }
        require(end > 0, "nothing to load");
        image = new byte[(int) end];
        for (int i = 0; i < places.length; i++) {
            if (places[i] >= 0) {
                file.get(sections.get(i).offset, image, places[i], sections.get(i).size);
            }
        }
    }

    private Section section(int number, String what) {
        require(
                number > 0 && number < sections.size(),
                "%s in section %d of %d".formatted(what, number, sections.size()));
        return sections.get(number);
    }

    private void readFunctions(Section table, Map<String, Integer> entries) {
        Section names = section(table.link, "symbol names");
        for (int i = 1; i < table.size / SYMBOL; i++) {
            int at = table.offset + i * SYMBOL;
            if ((file.get(at + 4) & 0xf) == FUNCTION) {
                require(entries.put(name(names, file.getInt(at)), address(table, i)) == null, "a function twice");
            } else {
                // A name without a place is a wish for somebody else's code or data.
                require(
                        file.getShort(at + 6) != 0 || file.getInt(at) == 0,
                        "undefined symbol %s".formatted(name(names, file.getInt(at))));
            }
        }
    }

    private String name(Section names, int offset) {
        require(offset >= 0 && offset < names.size, "a name at %d of %d".formatted(offset, names.size));
        int end = offset;
        while (end < names.size && file.get(names.offset + end) != 0) {
            end++;
        }
        byte[] name = new byte[end - offset];
        file.get(names.offset + offset, name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /* Where a symbol lies in the image. */
    private int address(Section table, int symbol) {
        require(symbol > 0 && symbol < table.size / SYMBOL, "symbol %d of %d".formatted(symbol, table.size / SYMBOL));
        int at = table.offset + symbol * SYMBOL;
        int number = Short.toUnsignedInt(file.getShort(at + 6));
        require(
                number != 0,
                "undefined symbol %s".formatted(name(section(table.link, "symbol names"), file.getInt(at))));
        Section home = section(number, "symbol");
        long value = file.getLong(at + 8);
        require(
                places[number] >= 0 && value >= 0 && value <= home.size,
                "symbol %d at %d of section %d".formatted(symbol, value, number));
        return places[number] + (int) value;
    }

    private void relocate(Section relocations) {
        Section target = section(relocations.info, "relocations");
        if (!target.isLoaded()) {
            return; // of debugging data
        }
        Section symbols = section(relocations.link, "symbols");
        require(symbols.type == SYMTAB, "relocations by section %d, no symbol table".formatted(relocations.link));
        ByteBuffer patched = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < relocations.size / RELOCATION; i++) {
            int at = relocations.offset + i * RELOCATION;
            long offset = file.getLong(at);
            int type = file.getInt(at + 8);
            require(type == PC32 || type == PLT32, "relocation of type %d, wanted relative ones".formatted(type));
            require(
                    offset >= 0 && offset <= target.size - Integer.BYTES,
                    "relocation at %d of %d".formatted(offset, target.size));
            int place = places[relocations.info] + (int) offset;
            long addend = file.getLong(at + 16);
            require(Math.abs(addend) <= Image.MOST_BYTES, "relocation by %d".formatted(addend));
            long value = address(symbols, file.getInt(at + 12)) + addend - place;
            require(Math.abs(value) <= 2L * Image.MOST_BYTES, "relocation to %d".formatted(value));
            patched.putInt(place, (int) value);
        }
    }

    private static void require(boolean holds, String found) {
        if (!holds) {
            throw failure(found);
        }
    }

    private static IllegalArgumentException failure(String found) {
        return new IllegalArgumentException(
                "object file: got " + found + "; wanted self-contained position-independent x86-64 code");
    }
}
