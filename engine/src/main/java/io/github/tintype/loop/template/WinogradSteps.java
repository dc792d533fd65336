package io.github.tintype.loop.template;

import io.github.tintype.loop.Value;

/** Bᵀ and Aᵀ of a {@link WinogradForm}, applied to one row or column. */
interface WinogradSteps {
    /** Bᵀ d. */
    Value[] tile(Value[] d);

    /** Aᵀ m. */
    Value[] result(Value[] m);
}
