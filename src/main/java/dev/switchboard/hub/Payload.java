package dev.switchboard.hub;

/** What a publication carries, exactly as its publisher sent it: nobody binds or rewrites it on the way. */
public record Payload(Frame frame, Form form) {

    /** What is known about it. */
    public enum Form {
        /** Text that is one valid JSON value, with whatever whitespace it came with. */
        JSON,
        /** Text or bytes into which nobody has looked. */
        OPAQUE
    }

    public static Payload json(String value) {
        return new Payload(Frame.text(value), Form.JSON);
    }

    public static Payload opaque(Frame frame) {
        return new Payload(frame, Form.OPAQUE);
    }

    public int size() {
        return frame.size();
    }
}
