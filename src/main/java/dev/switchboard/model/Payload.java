package dev.switchboard.model;

import dev.switchboard.json.JsonException;
import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The content of a publication, exactly as its publisher sent it. The relay neither binds nor rewrites it. */
public record Payload(Frame frame, Form form) {

    /** The format of a payload, as far as the relay knows it. */
    public enum Form {
        /** Text that is one valid JSON value; whitespace may surround it. */
        JSON,
        /** Text or bytes that the relay has not read. */
        OPAQUE
    }

    public static Payload json(String value) {
        return new Payload(Frame.text(value), Form.JSON);
    }

    public static Payload opaque(Frame frame) {
        return new Payload(frame, Form.OPAQUE);
    }

    /**
     * Returns JSON if the bytes are one JSON value in UTF-8, else opaque bytes. Takes the array over.
     * Throws a {@link JsonException} for JSON of more than 64 levels.
     */
    public static Payload of(byte[] bytes) {
        String text = JsonText.utf8(ByteBuffer.wrap(bytes));
        if (text != null && JsonText.isValue(text)) {
            return json(text);
        }
        if (text != null) {
            JsonText.requireNotTooDeep(text);
        }
        return opaque(Frame.binary(bytes));
    }

    /**
     * Returns the message as an opaque payload. Throws a {@link JsonException} for JSON of more than 64
     * levels, because parsers of other clients fail at it.
     */
    public static Payload raw(Frame message) {
        boolean flat = message instanceof Frame.Binary binary
                && (binary.size() == 0
                        || !JsonText.mayNest((char) binary.bytes().get(0)));
        String text = flat ? null : message.text();
        if (text != null) {
            JsonText.requireNotTooDeep(text);
        }
        return opaque(message);
    }

    /**
     * Returns the payload that a JSON object holds: the JSON of that member, or the bytes in base64 of
     * the member whose name has {@code b64} before it. Returns null if both are absent.
     *
     * @throws IllegalArgumentException if the member cannot be read; names it
     */
    public static @Nullable Payload in(JsonObject object, String name) {
        byte[] bytes = object.bytes(name);
        if (bytes != null) {
            try {
                return of(bytes);
            } catch (JsonException tooDeep) {
                throw new IllegalArgumentException("b64" + name + ": " + tooDeep.reason());
            }
        }
        String value = object.json(name);
        return value == null ? null : json(value);
    }

    /**
     * Returns the payload as a JSON value; text that is no JSON becomes a string. Returns null for bytes
     * that are no JSON.
     */
    public @Nullable String toJson() {
        String text = frame.text();
        if (text != null && (form == Form.JSON || JsonText.isValue(text))) {
            return text;
        }
        return frame instanceof Frame.Text plain ? JsonText.quoted(plain.text()) : null;
    }

    /** Returns the size in bytes. */
    public int size() {
        return frame.size();
    }
}
