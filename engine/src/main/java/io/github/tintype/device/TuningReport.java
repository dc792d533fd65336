package io.github.tintype.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What came of a search for fast kernels.
 *
 * @param problems how many distinct ones each outcome had; those too small to be worth a measurement aren't counted
 * @param kernels that were measured for them
 */
public record TuningReport(Search search, Map<Outcome, Integer> problems, int kernels) {
    /** What came of a problem. */
    public enum Outcome {
        /** All that the search asks for was measured now. */
        MEASURED("measured"),
        /** It was measured before. */
        REMEMBERED("remembered"),
        /** Time was up: it has the best of what was measured, or what tables say. A compilation with more time goes on there. */
        OUT_OF_TIME("not measured to the end, since the time budget is spent"),
        /** It has what tables say. */
        OUT_OF_MEMORY("not measured, since memory is short"),
        /** It has one kernel, and that has no parameters. */
        NO_CHOICE("without a choice");

        private final String text;

        Outcome(String text) {
            this.text = text;
        }
    }

    public TuningReport {
        problems = Map.copyOf(problems);
    }

    /** How many had this outcome. */
    public int count(Outcome outcome) {
        return problems.getOrDefault(outcome, 0);
    }

    /** One line. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            if (count(outcome) > 0) {
                parts.add(count(outcome) + " " + outcome.text);
            }
        }
        return "tuning by %s: %d kernels timed, problems: %s"
                .formatted(search, kernels, parts.isEmpty() ? "none" : String.join(", ", parts));
    }
}
