package dev.switchboard.launcher;

import dev.switchboard.json.JsonWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Writes each entry of the log as a JSON object on one line. The relay writes entries about clients
 * as objects itself, which stay as they are.
 */
final class JsonLog extends Formatter {

    private static final String FORMAT = "switchboard.log.format";

    /** Formats the handlers of the root logger, if the setting says so. */
    static void useIfSet() {
        String variable = System.getenv(FORMAT.replace('.', '_').toUpperCase(Locale.ROOT));
        if ("json".equals(System.getProperty(FORMAT, variable))) {
            for (Handler handler : Logger.getLogger("").getHandlers()) {
                handler.setFormatter(new JsonLog());
            }
        }
    }

    @Override
    public String format(LogRecord entry) {
        String message = formatMessage(entry);
        return (message.startsWith("{\"time\":") ? message : object(entry, message)) + "\n";
    }

    private static String object(LogRecord entry, String message) {
        JsonWriter json = new JsonWriter()
                .string("time", entry.getInstant().toString())
                .string("level", entry.getLevel().getName())
                .string("event", "log")
                .string("message", message);
        Throwable failure = entry.getThrown();
        if (failure != null) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            json.string("failure", trace.toString());
        }
        return json.finish();
    }
}
