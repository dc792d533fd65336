package io.github.tintype.nn;

import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/** Rows of a table. ids I64 [...], weight [rows,channels] → [...,channels]. Source: torch.nn.Embedding. */
public record Embedding(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
    public static Embedding load(Weights w, long rows, long channels) {
        return new Embedding(w.path(), w.get("weight", rows, channels));
    }

    @Override
    public Tensor forward(Tensor ids) {
        return ids.embedding(weight);
    }
}
