package io.github.tintype.app;

import io.github.tintype.calibration.Calibrated;
import io.github.tintype.calibration.CalibrationListener;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Calibrates pipelines on the CPU device. */
final class PipelineCalibrator implements Calibrator {
    @Override
    public Calibrated run(Request request, Progress progress, Cancellation cancellation) {
        CpuDevice.Settings here = CpuDevice.Settings.here();
        CpuDevice.Settings settings = request.threads().isPresent()
                ? here.withThreads(request.threads().getAsInt())
                : here;
        RunContext context =
                new RunContext(cancellation, Optional.empty()).withPreparation(Preparation.shownBy(progress));
        try (Engine engine = Engine.on(CpuDevice.open(settings), MachineMemory.bytes());
                DiffusionPipeline pipeline = request.setup().open(request.model(), engine, CompileListener.NONE)) {
            Compiler compiler = new Compiler(engine, CompileListener.NONE);
            UnaryOperator<DiffusionPipeline> compiled = plain ->
                    request.compilation().map(how -> how.apply(plain, compiler)).orElse(plain);
            return request.how().run(pipeline, compiled, context, shownBy(progress));
        }
    }

    private static CalibrationListener shownBy(Progress progress) {
        return (stage, done, total) -> {
            if (done == 0) {
                progress.stage(stage, total);
            } else {
                progress.done(done);
            }
        };
    }
}
