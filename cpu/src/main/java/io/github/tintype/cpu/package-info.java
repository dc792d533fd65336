/**
 * The CPU device. {@link io.github.tintype.cpu.CpuDevice} finds for each op an {@code OpSupport}, which chooses layouts and asks for
 * a kernel: {@code Convolution}, {@code MatMul}, {@code Attention}, {@code GroupNorm}, {@code Broadcast}, {@code StridedCopy}, or a
 * {@code RowKernel} for everything whose rows are independent.
 *
 * <p>A kernel cuts its work into slices, and the {@code WorkerPool} runs them; each slice is a call or a few of a single-threaded
 * {@code Primitive} of {@code OneDnn}, whose C functions are reached through {@code Native} and whose files come from
 * {@code NativeLibrary}. Java mostly moves data; what the library lacks or gets wrong it computes: {@code UnaryMathSupport}, {@code Reduction}, {@code ExtremeSupport}.
 *
 * <p>Some kernels are generated ({@code GeneratedKernel}): {@code LoopKernel} for fused ops, and where something is compiled {@code WinogradKernel}, {@code TapsKernel} and
 * {@code DirectKernel} for convolutions, {@code ProductKernel} for products with weights and {@code FlashKernel} for attention. {@code GeneratedConvolutions} says which of them has a convolution. Which of the two kernels of attention is taken, {@code AttentionSupport} says. {@code LoopCode} has their code compiled and keeps it. Where an op has several
 * {@code Candidate}s, the first is that of the tables, and the {@code Tuner} finds the fastest for whoever spends the time, by a {@code KernelSearch}
 * among them and their neighbours in the parameters of the kernel ({@code ProductParameters}, {@code WinogradParameters}, {@code TapsParameters}, {@code FlashParameters}).
 *
 * <p>{@code QuantizedLinear} multiplies with weights of few bits, in f32 or, where {@code NarrowProducts} finds that the library does it without loss, as bytes;
 * {@code QuantizedRows} is how rows come into few bits and out of them. {@code DynamicInt8Kernel} is generated for the same, as whole numbers on every processor.
 *
 * <p>Where the processor multiplies bf16 the library computes layers, convolutions and attention in it ({@code NarrowProducts}).
 *
 * <p>What else is stored in bf16 or f16 is computed by the f32 kernels: {@code HalfSupport} is put around each of them, {@code HalfKernel} widens
 * operands and packed weights into scratch memory and rounds the result, by {@code Conversion}.
 */
@NullMarked
package io.github.tintype.cpu;

import org.jspecify.annotations.NullMarked;
