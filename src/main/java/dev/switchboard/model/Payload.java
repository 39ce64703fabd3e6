package dev.switchboard.model;

import dev.switchboard.json.JsonException;
import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the data of a publication exactly as the publisher sent them. The relay never rewrites
 * them.
 */
public record Payload(Frame frame, Form form) {

    /** Says what the relay knows about the format of a payload. */
    public enum Form {
        /** The payload is text, and one valid JSON value; whitespace may surround it. */
        JSON,
        /** The payload is text or bytes, in any format. */
        OPAQUE
    }

    /** Returns a JSON value as a payload. The caller has checked that the text is one. */
    public static Payload json(String value) {
        return new Payload(Frame.text(value), Form.JSON);
    }

    /** Returns any message as a payload, unread. */
    public static Payload opaque(Frame frame) {
        return new Payload(frame, Form.OPAQUE);
    }

    /**
     * Returns the bytes as JSON if they are one JSON value in UTF-8, else as opaque bytes. The
     * caller must not change the array afterwards.
     *
     * @throws JsonException if the bytes are JSON with more than 64 levels
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
     * Returns the message as an opaque payload.
     *
     * @throws JsonException if the message is JSON with more than 64 levels, at which the parsers
     *     of other clients fail
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
     * Returns the payload that a JSON object holds: the JSON of the member {@code name}, or the
     * bytes that the member {@code "b64" + name} holds in base64. Returns null if both members are
     * absent.
     *
     * @throws IllegalArgumentException if a member cannot be read; the message names the member
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
     * Returns the payload as a JSON value. Text that is not JSON becomes a JSON string. Returns
     * null for bytes that are not JSON.
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
