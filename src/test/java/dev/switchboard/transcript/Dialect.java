package dev.switchboard.transcript;

/** The encoding of the client protocol. */
public enum Dialect {
    /** The JSON text of the transcripts. */
    JSON,
    /** The same messages in Protobuf. */
    PROTOBUF;

    private static final String QUERY = "format=protobuf";

    /** Returns whether the query of the endpoint asks for Protobuf. */
    public static boolean isProtobuf(String endpoint) {
        return endpoint.contains(QUERY);
    }
}
