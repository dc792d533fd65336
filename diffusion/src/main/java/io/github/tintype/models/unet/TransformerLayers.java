package io.github.tintype.models.unet;

import static java.util.Collections.nCopies;

import io.github.tintype.models.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * How many transformer blocks each layer of a denoiser has. diffusers takes one number for all, one for each block, or a list of one for
 * each layer of a block; then the way up, which has a layer more per block, needs a list of its own.
 */
final class TransformerLayers {
    private static final String DOWN = "transformer_layers_per_block";
    private static final String UP = "reverse_transformer_layers_per_block";

    private TransformerLayers() {}

    /** On the way down, from the highest resolution; {@code layers}: those of each block. */
    static List<List<Integer>> down(ModelConfig config, List<Integer> layers) {
        return written(config, DOWN, layers);
    }

    /** On the way up, from the lowest resolution. */
    static List<List<Integer>> up(ModelConfig config, List<Integer> layers) {
        List<Integer> more = layers.reversed().stream().map(n -> n + 1).toList();
        if (config.node().has(UP)) {
            return written(config, UP, more);
        }
        List<List<Integer>> down = read(config, DOWN, layers.size()).reversed();
        List<List<Integer>> up = new ArrayList<>();
        for (int i = 0; i < down.size(); i++) {
            if (down.get(i).size() != 1) {
                throw config.node().wrong(UP, "a list, as %s has one for each layer".formatted(DOWN));
            }
            up.add(nCopies(more.get(i), down.get(i).getFirst()));
        }
        return up;
    }

    private static List<List<Integer>> written(ModelConfig config, String key, List<Integer> layers) {
        List<List<Integer>> blocks = read(config, key, layers.size());
        List<List<Integer>> written = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            List<Integer> block = blocks.get(i);
            if (block.size() != 1 && block.size() != layers.get(i)) {
                throw config.node()
                        .wrong(key + "[" + i + "]", "%d values, one for each layer".formatted(layers.get(i)));
            }
            written.add(block.size() == 1 ? nCopies(layers.get(i), block.getFirst()) : block);
        }
        return written;
    }

    /** For each block its list; a single number is a list of one. */
    private static List<List<Integer>> read(ModelConfig config, String key, int blocks) {
        return config.perBlock(key, node -> node.optionalCountLists(key), List.of(1), blocks);
    }
}
