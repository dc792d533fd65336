package io.github.tintype.app;

/** x. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.err.println("ok");
    }
}
