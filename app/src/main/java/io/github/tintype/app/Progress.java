package io.github.tintype.app;

/** Hears how far a command is. Never changes what it does. */
interface Progress extends AutoCloseable {
    /** Nothing is shown. */
    Progress SILENT = new Progress() {
        @Override
        public void stage(String name, int total) {}

        @Override
        public void done(int done) {}

        @Override
        public void preparing(String what, int done, int total) {}

        @Override
        public void close() {}
    };

    /**
     * A new stage begins and the one before it has ended.
     *
     * @param total units of work; 1 for a stage without steps
     */
    void stage(String name, int total);

    /** {@code done} units of the present stage are finished. */
    void done(int done);

    /**
     * The present stage waits for something that is done once: {@code done} of {@code total} parts of it are finished. From any thread.
     *
     * @param done from 0 to {@code total}, which ends it
     */
    void preparing(String what, int done, int total);

    /** The last stage has ended; the line is left as it is. */
    @Override
    void close();
}
