package dev.switchboard.access;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;

/** Slices JSON by the places that a parser tells. */
final class JsonText implements Slicer {

    @Override
    public @Nullable String slice(String object, String member) {
        String slice = null;
        try (JsonParser parser = Json.createParser(new StringReader(object))) {
            if (parser.next() != JsonParser.Event.START_OBJECT) {
                return null;
            }
            while (parser.next() == JsonParser.Event.KEY_NAME) {
                boolean wanted = parser.getString().equals(member);
                int colon = object.indexOf(':', (int) parser.getLocation().getStreamOffset());
                skip(parser);
                if (wanted) {
                    slice = object.substring(
                                    colon + 1, (int) parser.getLocation().getStreamOffset())
                            .strip();
                }
            }
            return parser.hasNext() ? null : slice;
        } catch (JsonException malformed) {
            return null;
        }
    }

    private static void skip(JsonParser parser) {
        switch (parser.next()) {
            case START_OBJECT -> parser.skipObject();
            case START_ARRAY -> parser.skipArray();
            default -> {}
        }
    }
}
