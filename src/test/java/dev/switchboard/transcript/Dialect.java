package dev.switchboard.transcript;

/** In what form a client speaks the protocol. */
public enum Dialect {
    /** Text, as transcripts have it. */
    JSON,
    /** The same in bytes. */
    PROTOBUF;

    private static final String ASKED = "format=protobuf";

    /** Whether the endpoint's query asks for Protobuf, whatever the others speak. */
    public static boolean isProtobuf(String endpoint) {
        return endpoint.contains(ASKED);
    }
}
