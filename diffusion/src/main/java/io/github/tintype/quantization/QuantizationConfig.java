package io.github.tintype.quantization;

import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** How layers are quantised. Names and defaults are those of torchao's configurations without "Config". */
public sealed interface QuantizationConfig {
    /** The form of the weights, and what is done to inputs. */
    QuantizationScheme scheme();

    /** What the command line calls it, without its settings. */
    String label();

    /** One scale a token, found at each call, one for each output channel, and integer products. The one of the guide. */
    record Int8DynamicActivationInt8Weight() implements QuantizationConfig {
        @Override
        public QuantizationScheme scheme() {
            return new Int8(true);
        }

        @Override
        public String label() {
            return "int8-dynamic";
        }
    }

    /** One scale for each output channel; products of floats. */
    record Int8WeightOnly() implements QuantizationConfig {
        @Override
        public QuantizationScheme scheme() {
            return new Int8(false);
        }

        @Override
        public String label() {
            return "int8-weight-only";
        }
    }

    /**
     * One scale for each group of inputs of each output channel.
     *
     * @param groupSize 32, 64, 128 or 256
     */
    record Int4WeightOnly(int groupSize, Mapping mapping) implements QuantizationConfig {
        /** How numbers from 0 to 15 stand for weights. */
        public enum Mapping {
            /** Around 0: torchao's {@code MappingType.SYMMETRIC}. */
            SYMMETRIC,
            /** From the least to the largest, 0 among them: {@code MappingType.ASYMMETRIC}. */
            ASYMMETRIC,
            /** From the least to the largest: what torchao's {@code Int4WeightOnlyConfig} itself does. */
            TINYGEMM
        }

        private static final int USUAL_GROUP = 128;

        public Int4WeightOnly {
            if (!Int4.GROUP_SIZES.contains(groupSize)) {
                throw new QuantizationException(
                        "group size: got %d, wanted one of %s".formatted(groupSize, Int4.GROUP_SIZES));
            }
        }

        /** As torchao has it: groups of 128, {@link Mapping#TINYGEMM}. */
        public Int4WeightOnly() {
            this(USUAL_GROUP, Mapping.TINYGEMM);
        }

        @Override
        public QuantizationScheme scheme() {
            return new Int4(
                    groupSize,
                    switch (mapping) {
                        case SYMMETRIC -> Int4.Zero.MIDDLE;
                        case ASYMMETRIC -> Int4.Zero.INTEGER;
                        case TINYGEMM -> Int4.Zero.FLOAT;
                    });
        }

        @Override
        public String label() {
            return "int4-weight-only";
        }
    }

    /** One scale for each output channel. */
    record Float8WeightOnly() implements QuantizationConfig {
        @Override
        public QuantizationScheme scheme() {
            return new Float8(true, false);
        }

        @Override
        public String label() {
            return "float8-weight-only";
        }
    }

    /** Inputs too: products of 8-bit floats where there is hardware for them; here they are those of f32, so that memory is what it saves. */
    record Float8DynamicActivationFloat8Weight(Granularity granularity) implements QuantizationConfig {
        /** What one scale is for. */
        public enum Granularity {
            /** A weight, and all inputs of a call. torchao's default. */
            PER_TENSOR,
            /** An output channel, and a token. */
            PER_ROW
        }

        public Float8DynamicActivationFloat8Weight() {
            this(Granularity.PER_TENSOR);
        }

        @Override
        public QuantizationScheme scheme() {
            return new Float8(granularity == Granularity.PER_ROW, true);
        }

        @Override
        public String label() {
            return "float8-dynamic";
        }
    }

    /** One of each with its usual settings. */
    static List<QuantizationConfig> all() {
        return List.of(
                new Int8DynamicActivationInt8Weight(),
                new Int8WeightOnly(),
                new Int4WeightOnly(),
                new Float8WeightOnly(),
                new Float8DynamicActivationFloat8Weight());
    }

    /** The labels, for messages. */
    static String labels() {
        return all().stream().map(QuantizationConfig::label).collect(Collectors.joining(", "));
    }

    /**
     * The configuration of this label.
     *
     * @param groupSize for {@link Int4WeightOnly} alone
     * @throws QuantizationException if there is none, or it has no groups or none of that size
     */
    static QuantizationConfig parse(String label, OptionalInt groupSize) {
        QuantizationConfig found = all().stream()
                .filter(config -> config.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new QuantizationException(
                        "quantisation: got \"%s\", wanted one of %s".formatted(label, labels())));
        if (groupSize.isEmpty()) {
            return found;
        }
        if (found instanceof Int4WeightOnly(int _, Int4WeightOnly.Mapping mapping)) {
            return new Int4WeightOnly(groupSize.getAsInt(), mapping);
        }
        throw new QuantizationException("group size: got %d for %s, wanted none: only int4-weight-only has groups"
                .formatted(groupSize.getAsInt(), label));
    }
}
