package io.github.tintype.graph.stored;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.CastWeight;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart;
import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.TensorType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The records that a stored graph consists of, by number. No class is ever looked up by a name in a file; a record is made by its own constructor, which
 * checks what it is given.
 */
final class Records {
    private static final List<Class<? extends Record>> CLASSES = List.of(
            LeafOp.Input.class,
            LeafOp.Parameter.class,
            LeafOp.Constant.class,
            LeafOp.Scalar.class,
            UnaryOp.class,
            BinaryOp.class,
            CompareOp.class,
            WhereOp.class,
            CastOp.class,
            ReduceOp.class,
            ArgMaxOp.class,
            MatMulOp.class,
            Conv2dOp.class,
            ReshapeOp.class,
            PermuteOp.class,
            ExpandOp.class,
            SliceOp.class,
            CatOp.class,
            PadOp.class,
            IndexSelectOp.class,
            FullOp.class,
            ArangeOp.class,
            UpsampleNearestOp.class,
            ActivationOp.class,
            LinearOp.class,
            QuantizedLinearOp.class,
            GroupNormOp.class,
            LayerNormOp.class,
            SoftmaxOp.class,
            ScaledDotProductAttentionOp.class,
            UpsampleConv2dOp.class,
            EpilogueOp.class,
            EpilogueOp.Step.Activation.class,
            EpilogueOp.Step.Add.class,
            EpilogueOp.Step.Mul.class,
            EpilogueOp.Step.AddScalar.class,
            EpilogueOp.Step.MulScalar.class,
            FusedOp.class,
            FusedOp.Step.class,
            SliceWeight.class,
            CatWeight.class,
            ReshapedWeight.class,
            CastWeight.class,
            SdpaChoice.class,
            QuantizedPart.class,
            QuantizationScheme.Int8.class,
            QuantizationScheme.Int4.class,
            QuantizationScheme.Float8.class,
            TensorType.class);

    private static final List<Form> FORMS = CLASSES.stream().map(Form::of).toList();
    private static final Map<Class<?>, Form> BY_CLASS = new HashMap<>();

    static {
        FORMS.forEach(form -> BY_CLASS.put(form.type(), form));
    }

    private Records() {}

    /** How a record is taken apart and made. */
    record Form(Class<?> type, int number, List<Type> components, List<Method> accessors, Constructor<?> constructor) {
        static Form of(Class<? extends Record> type) {
            RecordComponent[] components = type.getRecordComponents();
            try {
                Class<?>[] types =
                        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
                return new Form(
                        type,
                        CLASSES.indexOf(type),
                        Arrays.stream(components)
                                .map(RecordComponent::getGenericType)
                                .toList(),
                        Arrays.stream(components)
                                .map(RecordComponent::getAccessor)
                                .toList(),
                        type.getDeclaredConstructor(types));
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }

        List<Object> values(Record record) {
            List<Object> values = new ArrayList<>(accessors.size());
            try {
                for (Method accessor : accessors) {
                    values.add(accessor.invoke(record));
                }
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(e);
            }
            return values;
        }

        /** @throws GraphFormatException if the record doesn't take such values */
        Object make(List<Object> values) {
            try {
                return constructor.newInstance(values.toArray());
            } catch (InvocationTargetException e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                throw new GraphFormatException("%s: %s".formatted(type.getSimpleName(), cause.getMessage()), cause);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Empty for a record of no graph that can be stored, such as a user's own op. */
    static Optional<Form> of(Class<?> type) {
        return Optional.ofNullable(BY_CLASS.get(type));
    }

    /** @throws GraphFormatException if there is none of that number */
    static Form of(int number) {
        if (number < 0 || number >= FORMS.size()) {
            throw new GraphFormatException("got record %d, wanted 0 to %d".formatted(number, FORMS.size() - 1));
        }
        return FORMS.get(number);
    }
}
