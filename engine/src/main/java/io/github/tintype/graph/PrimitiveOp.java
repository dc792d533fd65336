package io.github.tintype.graph;

/** An operator of the closed list that every device computes, or lets the reference device compute. */
public sealed interface PrimitiveOp extends Op
        permits UnaryOp,
                BinaryOp,
                CompareOp,
                WhereOp,
                CastOp,
                ReduceOp,
                ArgMaxOp,
                MatMulOp,
                Conv2dOp,
                ViewOp,
                CatOp,
                PadOp,
                IndexSelectOp,
                FullOp,
                ArangeOp,
                UpsampleNearestOp {}
