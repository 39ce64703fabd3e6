package dev.switchboard.engine.file;

import org.jspecify.annotations.Nullable;

/** The kinds of records in a log. */
enum RecordType {
    /** A stream begins: channel, position. */
    CREATED(1),
    /** A publication: channel, position, time of recording and time to live in ms, key, publication. */
    PUBLISHED(2),
    /** A stream lost its publications: channel, top. */
    CLEARED(3),
    /** A key was used: channel, key, whether there is a position, position, time of recording and time to live in ms. */
    ANSWERED(4),
    /** The head of a stream that is copied from an older part of the log: channel, top, version. */
    STREAM(5),
    /** A fact that ends by itself: kind, name, value, end in ms; an end of 0 removes the fact. */
    FACT(6),
    /** All that older segments say is said again from that segment on: its number. */
    COPIED(7),
    /** The segment is full, and the next one goes on. */
    SEALED(8),
    /** The log was closed after its last record. */
    CLOSED(9);

    private static final RecordType[] ALL = values();

    private final byte code;

    RecordType(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    /** Returns null for a code of no type. */
    static @Nullable RecordType of(byte code) {
        for (RecordType type : ALL) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
