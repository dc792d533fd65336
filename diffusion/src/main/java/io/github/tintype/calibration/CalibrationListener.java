package io.github.tintype.calibration;

/** Hears how far a calibration is. */
@FunctionalInterface
public interface CalibrationListener {
    /** Hears nothing. */
    CalibrationListener NONE = (_, _, _) -> {};

    /** {@code done} of {@code total} pictures of a stage are drawn; 0 when it begins. Of trials there may be fewer than expected. */
    void onProgress(String stage, int done, int total);
}
