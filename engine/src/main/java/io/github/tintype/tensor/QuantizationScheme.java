package io.github.tintype.tensor;

import io.github.tintype.tensor.QuantizedPart.Part;
import java.util.List;
import java.util.Locale;

/**
 * How the weight [out,in] of a linear layer is stored in 8 or 4 bits, and whether the layer's input is quantised too, anew at each call
 * ("dynamic"). Formulas, roundings and limits are those of torchao 0.18; {@link QuantizedPart} has them for weights, {@code
 * QuantizedLinearOp} for inputs.
 */
public sealed interface QuantizationScheme {
    /** What a quantised weight consists of, in order. */
    List<Part> parts();

    /** The type of a part of a weight of this shape. @throws ShapeException if the scheme doesn't fit the shape or has no such part */
    TensorType type(Part part, Shape weight);

    /** Whether inputs are quantised too. */
    boolean dynamic();

    /**
     * One byte for each weight, one F32 scale for each output channel.
     *
     * @param dynamic whether inputs become integers as well, by one scale a token, and products integer ones
     */
    record Int8(boolean dynamic) implements QuantizationScheme {
        /** What the largest absolute value of a row is divided by to get its scale: half of the steps between the least and the greatest byte, as torchao has it. */
        public static final float HALF_RANGE = 127.5f;

        /** The least scale: torch.finfo(torch.float32).eps. */
        public static final float LEAST_SCALE = 0x1p-23f;

        @Override
        public List<Part> parts() {
            return List.of(Part.VALUES, Part.SCALES);
        }

        @Override
        public TensorType type(Part part, Shape weight) {
            checkMatrix(weight);
            return switch (part) {
                case VALUES -> new TensorType(DType.I8, weight);
                case SCALES -> TensorType.of(DType.F32, weight.size(0), 1);
                case ZEROS -> throw none(part, this);
            };
        }

        @Override
        public String toString() {
            return dynamic ? "int8-dynamic" : "int8-weight-only";
        }
    }

    /**
     * Two weights in a byte, that of the even input in the low half, as numbers from 0 to 15; one F32 scale for each group of neighbouring
     * inputs of each output channel.
     *
     * @param groupSize 32, 64, 128 or 256 inputs; it divides them
     * @param zero where 0 lies
     */
    record Int4(int groupSize, Zero zero) implements QuantizationScheme {
        /** The sizes of groups that there are. */
        public static final List<Integer> GROUP_SIZES = List.of(32, 64, 128, 256);

        /** What a stored number u of a group with scale s stands for. */
        public enum Zero {
            /** (u − 8) · s. */
            MIDDLE,
            /** (u − 8 − z) · s, z an integer of the group: I8. */
            INTEGER,
            /** (u − 8) · s + z, z a number of the group: F32. torch's "tinygemm". */
            FLOAT
        }

        public Int4 {
            if (!GROUP_SIZES.contains(groupSize)) {
                throw new ShapeException("int4: got groups of %d, wanted one of %s".formatted(groupSize, GROUP_SIZES));
            }
        }

        @Override
        public boolean dynamic() {
            return false;
        }

        @Override
        public List<Part> parts() {
            return zero == Zero.MIDDLE
                    ? List.of(Part.VALUES, Part.SCALES)
                    : List.of(Part.VALUES, Part.SCALES, Part.ZEROS);
        }

        @Override
        public TensorType type(Part part, Shape weight) {
            checkMatrix(weight);
            long in = weight.size(1);
            if (in % groupSize != 0) {
                throw new ShapeException("int4: got a weight %s, wanted a multiple of %d inputs, the size of a group"
                        .formatted(weight, groupSize));
            }
            long groups = in / groupSize;
            if (part == Part.ZEROS && zero == Zero.MIDDLE) {
                throw none(part, this);
            }
            return switch (part) {
                case VALUES -> TensorType.of(DType.U8, weight.size(0), in / 2);
                case SCALES -> TensorType.of(DType.F32, weight.size(0), groups);
                case ZEROS -> TensorType.of(zero == Zero.INTEGER ? DType.I8 : DType.F32, weight.size(0), groups);
            };
        }

        @Override
        public String toString() {
            return "int4-weight-only[%d,%s]".formatted(groupSize, zero.name().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * {@link DType#F8_E4M3} with F32 scales: half the memory of 16 bits. Products are those of f32.
     *
     * @param perRow one scale for each output channel, and for each token where inputs are quantised too; otherwise one for all
     * @param dynamic whether inputs are quantised too
     */
    record Float8(boolean perRow, boolean dynamic) implements QuantizationScheme {
        @Override
        public List<Part> parts() {
            return List.of(Part.VALUES, Part.SCALES);
        }

        @Override
        public TensorType type(Part part, Shape weight) {
            checkMatrix(weight);
            return switch (part) {
                case VALUES -> new TensorType(DType.F8_E4M3, weight);
                case SCALES -> TensorType.of(DType.F32, perRow ? weight.size(0) : 1, 1);
                case ZEROS -> throw none(part, this);
            };
        }

        @Override
        public String toString() {
            return "float8-%s[per_%s]".formatted(dynamic ? "dynamic" : "weight-only", perRow ? "row" : "tensor");
        }
    }

    private static void checkMatrix(Shape weight) {
        if (weight.rank() != 2 || !weight.isFixed() || weight.elements() == 0) {
            throw new ShapeException("quantisation: got a weight %s, wanted [out,in]".formatted(weight));
        }
    }

    private static ShapeException none(Part part, QuantizationScheme scheme) {
        return new ShapeException("%s: got asked for %s, wanted one of %s".formatted(scheme, part, scheme.parts()));
    }
}
