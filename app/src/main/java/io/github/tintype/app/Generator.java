package io.github.tintype.app;

import io.github.tintype.runtime.Cancellation;
import java.util.List;
import java.util.Map;

/** Makes pictures: the seam between the command line and the pipelines, so that the command line is tested without a model. */
interface Generator {
    /**
     * Pictures for {@code request}, one for each of its seeds. Polls {@code cancellation} between kernels.
     *
     * @throws java.util.concurrent.CancellationException when a stop is requested
     */
    Result generate(GenerationRequest request, Progress progress, Cancellation cancellation);

    /**
     * What was made, with the settings that the request left open.
     *
     * @param scheduler class name
     * @param guidanceScale as used
     * @param dtype the models computed in
     * @param device they ran on
     */
    record Result(
            List<Picture> pictures,
            double guidanceScale,
            String scheduler,
            int width,
            int height,
            String dtype,
            String device) {
        public Result {
            pictures = List.copyOf(pictures);
        }
    }

    /** One picture that can be encoded. */
    interface Picture {
        /** A PNG file with {@code text} (keyword to value) in text chunks. */
        byte[] png(Map<String, String> text);
    }
}
