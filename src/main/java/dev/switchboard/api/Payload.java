package dev.switchboard.api;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What a publication carries. */
public final class Payload {

    /** What is known about it. */
    public enum Form {
        /** Text that is one JSON value. */
        JSON,
        /** Any text; whoever wants JSON gets it as a JSON string, unless it is one JSON value. */
        TEXT,
        /** Any bytes; clients that speak JSON cannot receive them and are disconnected. */
        BYTES
    }

    private final Form form;
    private final byte[] bytes;

    private Payload(Form form, byte[] bytes) {
        this.form = form;
        this.bytes = bytes;
    }

    public static Payload json(String value) {
        return new Payload(Form.JSON, value.getBytes(UTF_8));
    }

    public static Payload text(String text) {
        return new Payload(Form.TEXT, text.getBytes(UTF_8));
    }

    public static Payload bytes(byte[] bytes) {
        return new Payload(Form.BYTES, bytes.clone());
    }

    public Form form() {
        return form;
    }

    /** Of bytes, whatever they are in UTF-8. */
    public String text() {
        return new String(bytes, UTF_8);
    }

    /** Of text, its UTF-8. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How many bytes it has. */
    public int size() {
        return bytes.length;
    }

    /** No more of it than that: it may be a secret of somebody. */
    @Override
    public String toString() {
        return form + " of " + bytes.length + " bytes";
    }
}
