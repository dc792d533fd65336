package io.github.tintype.app;

import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.quantization.QuantizationReport;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import java.util.Map;

/** Loads a pipeline quantised and saves it. Nothing of the models is computed but their weights, so that any device will do. */
final class PipelineQuantizer implements ModelQuantizer {
    @Override
    public Map<String, QuantizationReport> write(Request request, Progress progress, Cancellation cancellation) {
        LoadOptions options =
                LoadOptions.DEFAULT.withQuantization(request.what().byFolder());
        try (Engine engine = Engine.on(new ReferenceDevice());
                DiffusionPipeline pipeline = DiffusionPipeline.load(request.model(), engine, options)) {
            cancellation.check();
            progress.stage("quantize", 1);
            pipeline.save(request.model(), request.output());
            progress.done(1);
            return request.what().reports(pipeline);
        }
    }
}
