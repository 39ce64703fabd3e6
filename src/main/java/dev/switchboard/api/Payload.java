package dev.switchboard.api;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Holds the data of a publication: JSON, text or bytes. Immutable.
 *
 * <p>The limit of its size is the setting {@code switchboard.message.bytes}; {@link
 * Switchboard#publish} checks it.
 */
public final class Payload {

    /** Tells what the data is. */
    public enum Form {
        /** One JSON value. */
        JSON,
        /** Any text. JSON clients receive it as a JSON string, unless it is one JSON value. */
        TEXT,
        /** Any bytes. JSON clients cannot receive them, and the relay disconnects those clients. */
        BYTES
    }

    private final Form form;
    private final byte[] bytes;

    private Payload(Form form, byte[] bytes) {
        this.form = form;
        this.bytes = bytes;
    }

    /**
     * Returns a JSON payload. {@link Switchboard#publish} checks that the text is one JSON value.
     */
    public static Payload json(String value) {
        return new Payload(Form.JSON, value.getBytes(UTF_8));
    }

    /** Returns a text payload. */
    public static Payload text(String text) {
        return new Payload(Form.TEXT, text.getBytes(UTF_8));
    }

    /** Returns a payload with a copy of the bytes. */
    public static Payload bytes(byte[] bytes) {
        return new Payload(Form.BYTES, bytes.clone());
    }

    /** Returns what the data is. */
    public Form form() {
        return form;
    }

    /** Returns the data as text. Bytes that are no UTF-8 become replacement characters. */
    public String text() {
        return new String(bytes, UTF_8);
    }

    /** Returns a copy of the data as bytes; text is in UTF-8. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the number of bytes; text is in UTF-8. */
    public int size() {
        return bytes.length;
    }

    /** Returns the form and the size, without the data, which may be secret. */
    @Override
    public String toString() {
        return form + " of " + bytes.length + " bytes";
    }
}
