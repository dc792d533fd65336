package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The parts of a pipeline that are compiled each on its own. */
public enum PipelineComponent {
    TEXT_ENCODER("text_encoder"),
    TEXT_ENCODER_2("text_encoder_2"),
    UNET("unet"),
    VAE_DECODE("vae.decode");

    private final String text;

    PipelineComponent(String text) {
        this.text = text;
    }

    /** The component that diffusers calls {@code text}. @throws RequestException if there is none */
    public static PipelineComponent parse(String text) {
        return Arrays.stream(values())
                .filter(component -> component.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new RequestException("component: got \"%s\", wanted one of %s"
                        .formatted(
                                text,
                                Arrays.stream(values())
                                        .map(PipelineComponent::toString)
                                        .collect(Collectors.joining(", ")))));
    }

    /** The component whose weights are in a folder of this name, if there is one. */
    public static Optional<PipelineComponent> ofFolder(String name) {
        return Arrays.stream(values())
                .filter(component -> component.folder().equals(name))
                .findFirst();
    }

    /** The folder of a checkpoint that holds its weights. */
    public String folder() {
        return switch (this) {
            case TEXT_ENCODER, TEXT_ENCODER_2, UNET -> text;
            case VAE_DECODE -> "vae";
        };
    }

    /** The uncompiled function of this component, on the compiler's engine. */
    <A, R> Compiled<A, R> eager(Compiler compiler, Function<A, R> function) {
        return compiler.compile(text, function, CompileOptions.EAGER);
    }

    @Override
    public String toString() {
        return text;
    }
}
