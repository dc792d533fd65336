/**
 * From text to token ids.
 *
 * <p>{@link io.github.tintype.tokenizers.CLIPTokenizer} is what the text encoders of Stable Diffusion read. {@code
 * ClipFiles} reads and checks a tokenizer folder, {@code ClipDefinition} writes it as the one tokenizer JSON that CLIP has,
 * and {@code NativeTokenizer} runs it in Hugging Face's Rust library, whose binary {@code NativeLibrary} unpacks from the jar
 * into the folder of caches, beside those of other rooms, and checks at each start. Nothing here touches the network.
 */
@NullMarked
package io.github.tintype.tokenizers;

import org.jspecify.annotations.NullMarked;
