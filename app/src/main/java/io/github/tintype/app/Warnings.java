package io.github.tintype.app;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.ResourceBundle;

/**
 * What the command line does with the platform's loggers: a warning or an error is one line on stderr, all else is dropped. The JVM
 * finds this class as a service.
 */
public final class Warnings extends System.LoggerFinder {
    @Override
    public System.Logger getLogger(String name, Module module) {
        return new Lines(name, System.err);
    }

    /** One logger. */
    record Lines(String name, PrintStream err) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.getSeverity() >= Level.WARNING.getSeverity() && level != Level.OFF;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                err.println("tintype: warning: " + Text.oneLine(message));
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {
            if (isLoggable(level)) {
                String message = values == null || values.length == 0 ? format : MessageFormat.format(format, values);
                err.println("tintype: warning: " + Text.oneLine(message));
            }
        }
    }
}
