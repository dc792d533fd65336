package io.github.tintype.golden;

import org.assertj.core.api.SoftAssertions;

/** Checks the cases of one kind. What differs is reported to {@code soft}, so that one run shows all of it. */
@FunctionalInterface
interface CaseChecker {
    void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft);

    /** Runs a part of a case; an exception fails that part only. */
    static void part(SoftAssertions soft, String name, Runnable body) {
        try {
            body.run();
        } catch (RuntimeException | AssertionError e) {
            soft.fail("%s: %s".formatted(name, e), e);
        }
    }
}
