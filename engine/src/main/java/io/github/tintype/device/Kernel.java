package io.github.tintype.device;

/** Computes one op for the types and layouts that it was lowered for. May be run from several threads at once. */
@FunctionalInterface
public interface Kernel {
    void run(KernelArguments arguments);
}
