package io.github.tintype.io;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the header of a safetensors file, and accepts exactly what the format's description allows: see {@link SafetensorsFile}.
 *
 * <p>Written by hand because the grammar is tiny and closed: nothing nests deeper than a list of numbers, so there is no recursion to
 * overflow, and no value is ever skipped.
 */
final class SafetensorsHeader {
    private static final String METADATA = "__metadata__";
    // PyTorch and the reference reader keep sizes in 64 bits; nothing real comes near this.
    private static final long LARGEST_DIM = 1L << 48;

    private final JsonCursor in;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    private SafetensorsHeader(JsonCursor in) {
        this.in = in;
    }

    /** What a header says: the tensors in the header's order. */
    record Content(Map<String, StoredTensor> tensors, Map<String, String> metadata) {}

    /**
     * Parses {@code header} and checks that its tensors cover {@code dataBytes} without a hole or an overlap.
     *
     * @param where the file's name, for messages
     * @throws ModelFormatException if anything is not as the format wants it
     */
    static Content parse(byte[] header, long dataBytes, String where) {
        SafetensorsHeader parser = new SafetensorsHeader(new JsonCursor(header, where + ": header"));
        parser.root();
        parser.checkCoverage(dataBytes, where);
        return new Content(parser.tensors, parser.metadata);
    }

    private void root() {
        in.expectFirst('{');
        boolean metadataSeen = false;
        if (!in.takes('}')) {
            do {
                String name = in.string();
                in.expect(':');
                if (name.equals(METADATA)) {
                    if (metadataSeen) {
                        throw in.error("%s is there twice".formatted(METADATA));
                    }
                    metadataSeen = true;
                    metadata();
                } else {
                    StoredTensor tensor = tensor(name);
                    if (tensors.put(name, tensor) != null) {
                        throw in.error("tensor %s is there twice".formatted(Quoted.of(name)));
                    }
                }
            } while (in.takes(','));
            in.expect('}');
        }
        in.expectEnd();
    }

    private void metadata() {
        in.expect('{');
        if (in.takes('}')) {
            return;
        }
        do {
            String key = in.string();
            in.expect(':');
            if (metadata.put(key, in.string()) != null) {
                throw in.error("%s has the key %s twice".formatted(METADATA, Quoted.of(key)));
            }
        } while (in.takes(','));
        in.expect('}');
    }

    private StoredTensor tensor(String name) {
        Optional<String> dtype = Optional.empty();
        Optional<List<Long>> shape = Optional.empty();
        Optional<List<Long>> offsets = Optional.empty();
        String tensor = "tensor " + Quoted.of(name);
        in.expect('{');
        if (!in.takes('}')) {
            do {
                String field = in.string();
                in.expect(':');
                boolean twice = switch (field) {
                    case "dtype" -> {
                        boolean seen = dtype.isPresent();
                        dtype = Optional.of(in.string());
                        yield seen;
                    }
                    case "shape" -> {
                        boolean seen = shape.isPresent();
                        shape = Optional.of(in.naturals());
                        yield seen;
                    }
                    case "data_offsets" -> {
                        boolean seen = offsets.isPresent();
                        offsets = Optional.of(in.naturals());
                        yield seen;
                    }
                    default ->
                        throw in.error("%s: expected dtype, shape and data_offsets, found the field %s"
                                .formatted(tensor, Quoted.of(field)));
                };
                if (twice) {
                    throw in.error("%s: %s is there twice".formatted(tensor, field));
                }
            } while (in.takes(','));
            in.expect('}');
        }
        return checked(
                name,
                dtype.orElseThrow(() -> in.error(tensor + ": dtype is missing")),
                shape.orElseThrow(() -> in.error(tensor + ": shape is missing")),
                offsets.orElseThrow(() -> in.error(tensor + ": data_offsets is missing")));
    }

    private StoredTensor checked(String name, String dtype, List<Long> shape, List<Long> offsets) {
        String tensor = "tensor " + Quoted.of(name);
        StoredType stored = StoredType.named(dtype)
                .orElseThrow(() -> in.error("%s: unknown dtype %s".formatted(tensor, Quoted.of(dtype))));
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw in.error("%s: expected data_offsets [begin, end], found %s".formatted(tensor, shortened(offsets)));
        }
        long bytes = bytes(tensor, stored, shape);
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (end - begin != bytes) {
            throw in.error("%s: %s%s takes %d bytes, data_offsets %s give it %d"
                    .formatted(tensor, stored, shortened(shape), bytes, offsets, end - begin));
        }
        return new StoredTensor(name, stored, shape, begin, end);
    }

    private long bytes(String tensor, StoredType stored, List<Long> shape) {
        // An overflow is one beside a zero too: the product must not depend on the order of the sizes.
        long product = 1;
        boolean empty = false;
        for (long dim : shape) {
            if (dim > LARGEST_DIM) {
                throw in.error("%s: expected sizes up to 2^48, found shape %s".formatted(tensor, shortened(shape)));
            }
            empty |= dim == 0;
            long high = Math.multiplyHigh(product, Math.max(1, dim));
            product *= Math.max(1, dim);
            if (high != 0 || product < 0 || product > Long.MAX_VALUE / 64) {
                throw in.error("%s: shape %s has too many elements".formatted(tensor, shortened(shape)));
            }
        }
        long bits = empty ? 0 : product * stored.bits();
        if (bits % 8 != 0) {
            throw in.error("%s: %s%s doesn't end on a whole byte".formatted(tensor, stored, shortened(shape)));
        }
        return bits / 8;
    }

    private void checkCoverage(long dataBytes, String where) {
        List<StoredTensor> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
        long covered = 0;
        for (StoredTensor tensor : ordered) {
            if (tensor.begin() != covered) {
                throw new ModelFormatException("%s: tensor %s starts at byte %d of the data, expected %d (%s)"
                        .formatted(
                                where,
                                Quoted.of(tensor.name()),
                                tensor.begin(),
                                covered,
                                tensor.begin() < covered ? "tensors overlap" : "a hole between tensors"));
            }
            covered = tensor.end();
        }
        if (covered != dataBytes) {
            throw new ModelFormatException("%s: the header describes %d bytes of data, the file has %d (%s)"
                    .formatted(where, covered, dataBytes, covered > dataBytes ? "truncated" : "trailing bytes"));
        }
    }

    private static String shortened(List<Long> values) {
        return values.size() <= 8
                ? values.toString()
                : "%s… (%d values)".formatted(values.subList(0, 8), values.size());
    }
}
