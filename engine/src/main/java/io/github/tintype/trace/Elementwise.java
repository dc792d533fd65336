package io.github.tintype.trace;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.DType;

/** The methods of {@link Tensor} that treat each element alone; two tensors are broadcast to one shape. */
public sealed interface Elementwise permits Tensor {
    private Tensor self() {
        return switch (this) {
            case Tensor tensor -> tensor;
        };
    }

    private Tensor unary(UnaryOp.Kind kind) {
        return Tensor.apply(new UnaryOp(kind), self());
    }

    private Tensor binary(BinaryOp.Kind kind, Tensor other) {
        return Tensor.apply(new BinaryOp(kind), self(), other);
    }

    private Tensor binary(BinaryOp.Kind kind, double other) {
        return Tensor.apply(new BinaryOp(kind), self(), self().scalar(other));
    }

    default Tensor add(Tensor other) {
        return binary(BinaryOp.Kind.ADD, other);
    }

    default Tensor add(double other) {
        return binary(BinaryOp.Kind.ADD, other);
    }

    default Tensor sub(Tensor other) {
        return binary(BinaryOp.Kind.SUB, other);
    }

    default Tensor sub(double other) {
        return binary(BinaryOp.Kind.SUB, other);
    }

    default Tensor mul(Tensor other) {
        return binary(BinaryOp.Kind.MUL, other);
    }

    default Tensor mul(double other) {
        return binary(BinaryOp.Kind.MUL, other);
    }

    default Tensor div(Tensor other) {
        return binary(BinaryOp.Kind.DIV, other);
    }

    default Tensor div(double other) {
        return binary(BinaryOp.Kind.DIV, other);
    }

    default Tensor maximum(Tensor other) {
        return binary(BinaryOp.Kind.MAXIMUM, other);
    }

    default Tensor minimum(Tensor other) {
        return binary(BinaryOp.Kind.MINIMUM, other);
    }

    default Tensor pow(double exponent) {
        return binary(BinaryOp.Kind.POW, exponent);
    }

    default Tensor clamp(double low, double high) {
        return ((Elementwise) binary(BinaryOp.Kind.MAXIMUM, low)).binary(BinaryOp.Kind.MINIMUM, high);
    }

    default Tensor neg() {
        return unary(UnaryOp.Kind.NEG);
    }

    default Tensor abs() {
        return unary(UnaryOp.Kind.ABS);
    }

    default Tensor exp() {
        return unary(UnaryOp.Kind.EXP);
    }

    default Tensor log() {
        return unary(UnaryOp.Kind.LOG);
    }

    default Tensor sqrt() {
        return unary(UnaryOp.Kind.SQRT);
    }

    default Tensor rsqrt() {
        return unary(UnaryOp.Kind.RSQRT);
    }

    default Tensor sin() {
        return unary(UnaryOp.Kind.SIN);
    }

    default Tensor cos() {
        return unary(UnaryOp.Kind.COS);
    }

    default Tensor tanh() {
        return unary(UnaryOp.Kind.TANH);
    }

    default Tensor erf() {
        return unary(UnaryOp.Kind.ERF);
    }

    /** To the nearest integer, half to even. */
    default Tensor round() {
        return unary(UnaryOp.Kind.ROUND);
    }

    default Tensor floor() {
        return unary(UnaryOp.Kind.FLOOR);
    }

    default Tensor square() {
        return mul(self());
    }

    private Tensor activation(ActivationOp.Kind kind) {
        return Tensor.apply(new ActivationOp(kind), self());
    }

    default Tensor sigmoid() {
        return activation(ActivationOp.Kind.SIGMOID);
    }

    default Tensor silu() {
        return activation(ActivationOp.Kind.SILU);
    }

    default Tensor relu() {
        return activation(ActivationOp.Kind.RELU);
    }

    /** The exact GELU, by erf. */
    default Tensor gelu() {
        return activation(ActivationOp.Kind.GELU);
    }

    /** GELU by its tanh approximation. */
    default Tensor geluTanh() {
        return activation(ActivationOp.Kind.GELU_TANH);
    }

    /** x · sigmoid(1.702 x). */
    default Tensor quickGelu() {
        return activation(ActivationOp.Kind.QUICK_GELU);
    }

    private Tensor compare(CompareOp.Kind kind, Tensor other) {
        return Tensor.apply(new CompareOp(kind), self(), other);
    }

    default Tensor eq(Tensor other) {
        return compare(CompareOp.Kind.EQ, other);
    }

    default Tensor eq(double other) {
        return compare(CompareOp.Kind.EQ, self().scalar(other));
    }

    default Tensor lt(Tensor other) {
        return compare(CompareOp.Kind.LT, other);
    }

    default Tensor lt(double other) {
        return compare(CompareOp.Kind.LT, self().scalar(other));
    }

    default Tensor le(Tensor other) {
        return compare(CompareOp.Kind.LE, other);
    }

    default Tensor le(double other) {
        return compare(CompareOp.Kind.LE, self().scalar(other));
    }

    default Tensor gt(Tensor other) {
        return compare(CompareOp.Kind.GT, other);
    }

    default Tensor gt(double other) {
        return compare(CompareOp.Kind.GT, self().scalar(other));
    }

    default Tensor ge(Tensor other) {
        return compare(CompareOp.Kind.GE, other);
    }

    default Tensor ge(double other) {
        return compare(CompareOp.Kind.GE, self().scalar(other));
    }

    /** This condition ? {@code a} : {@code b}. */
    default Tensor where(Tensor a, Tensor b) {
        return Tensor.apply(new WhereOp(), self(), a, b);
    }

    /** The values as {@code dtype}; this tensor where it has that type. */
    default Tensor to(DType dtype) {
        return dtype == self().dtype() ? self() : Tensor.apply(new CastOp(dtype), self());
    }
}
