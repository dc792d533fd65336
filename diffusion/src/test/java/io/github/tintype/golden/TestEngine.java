package io.github.tintype.golden;

import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;

/** The engine that the suite runs on: the reference device, slow and certain. */
final class TestEngine {
    static final Engine ENGINE = Engine.on(new ReferenceDevice());

    private TestEngine() {}
}
