package io.github.tintype.golden;

import io.github.tintype.tensor.HostTensor;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** max|got − want| ≤ atol + rtolOfMax · max|want| over a whole tensor; shapes must be equal. */
record Tolerance(double rtolOfMax, double atol) {
    static final Tolerance EXACT = new Tolerance(0, 0);

    static Tolerance of(JsonNode json) {
        return new Tolerance(
                json.path("rtol_of_max").asDouble(0), json.path("atol").asDouble(0));
    }

    void check(SoftAssertions soft, String what, HostTensor got, HostTensor want) {
        if (!got.type().shape().equals(want.type().shape())) {
            soft.fail(
                    "%s: got shape %s, wanted %s",
                    what, got.type().shape(), want.type().shape());
            return;
        }
        double worst = 0;
        double largest = 0;
        for (long i = 0; i < want.type().shape().elements(); i++) {
            double expected = want.getDouble(i);
            double actual = got.getDouble(i);
            if (Double.isFinite(expected)) {
                largest = Math.max(largest, Math.abs(expected));
            }
            worst = Math.max(worst, distance(actual, expected));
        }
        double allowed = atol + rtolOfMax * largest;
        if (!(worst <= allowed)) {
            soft.fail(
                    "%s: got a difference of %.3g, wanted at most %.3g (largest value %.3g)",
                    what, worst, allowed, largest);
        }
    }

    private static double distance(double actual, double expected) {
        if (Double.doubleToLongBits(actual) == Double.doubleToLongBits(expected) || actual == expected) {
            return 0;
        }
        double difference = Math.abs(actual - expected);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
}
