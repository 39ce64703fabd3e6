package dev.switchboard.protocol;

import dev.switchboard.json.JsonException;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * JsonInput reads JSON from the network. It turns malformed JSON into a {@link
 * Disconnect#badRequest}.
 */
final class JsonInput {

    private JsonInput() {}

    /** Reads the whole text. Only whitespace may follow the value. */
    static <T> T read(String text, Function<JsonScanner, T> reader) {
        return read(text, 0, text.length(), reader);
    }

    /**
     * Reads the text from {@code start} to before {@code stop}, as {@link #read(String, Function)}
     * does.
     */
    static <T> T read(String text, int start, int stop, Function<JsonScanner, T> reader) {
        JsonScanner json = new JsonScanner(text, start, stop);
        return checked(() -> {
            T value = reader.apply(json);
            json.end();
            return value;
        });
    }

    /**
     * Returns what the supplier returns. If it meets malformed JSON, throws a {@link Disconnect}.
     */
    static <T> T checked(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (JsonException malformed) {
            throw Disconnect.badRequest(malformed.reason());
        }
    }
}
