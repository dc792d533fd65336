package io.github.tintype.pipelines;

/** Turns the prompts of a request into what the UNet is told: the step in which the pipelines differ. */
@FunctionalInterface
interface Conditioner {
    Conditioning condition(GenerateRequest request, Size size, Guidance guidance);
}
