package io.github.tintype.calibration;

import io.github.tintype.quantization.LayerChoice;
import java.util.List;

/**
 * The answer of a {@link Calibration}.
 *
 * @param choice which layers get which form; none does if nothing is possible within the budget
 * @param damages of all layers in all forms, in the order of the model
 * @param chosen those of them that make the choice, least damage for a byte saved first
 * @param trials that were made on the way, in order
 * @param nearness of the choice, measured again at the end
 * @param before what the model costs as it is
 * @param after what it costs with the choice
 */
public record Calibrated(
        Budget budget,
        Samples samples,
        LayerChoice choice,
        List<LayerDamage> damages,
        List<LayerDamage> chosen,
        List<Trial> trials,
        Nearness nearness,
        Cost before,
        Cost after) {
    public Calibrated {
        damages = List.copyOf(damages);
        chosen = List.copyOf(chosen);
        trials = List.copyOf(trials);
    }

    /** How many times as fast a picture is, by medians. */
    public double speed() {
        return before.timings().median() / after.timings().median();
    }

    /** Bytes of weights that the choice saves, as they are stored. */
    public long bytesSaved() {
        return chosen.stream().mapToLong(LayerDamage::bytesSaved).sum();
    }

    /** A summary, and a table of the layers that change. */
    public String text() {
        return CalibrationText.of(this);
    }

    /** An object with everything that was measured. */
    public String json() {
        return CalibrationJson.of(this);
    }

    /** One self-contained page with plots. */
    public String html() {
        return CalibrationPage.of(this);
    }
}
