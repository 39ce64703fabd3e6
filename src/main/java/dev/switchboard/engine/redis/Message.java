package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.engine.codec.ModelWriter;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Is what a channel of Redis carries. The first byte says what follows; scripts write it too.
 *
 * <p>What was written by anyone else is an {@link IllegalArgumentException}.
 */
sealed interface Message {

    /** Has a position if the channel has a history. */
    record Published(Publication publication) implements Message {}

    record Joined(ClientInfo client) implements Message {}

    record Left(ClientInfo client) implements Message {}

    /** Begins the bytes of publications and clients, so that a later version can change them. */
    byte FORMAT = 1;

    /** {@code epoch offset bytes} follow. */
    byte PLACED = 'p';

    byte UNPLACED = 'n';
    byte JOINED = 'j';
    byte LEFT = 'l';

    private static byte[] with(byte kind, byte[] bytes) {
        byte[] message = new byte[1 + bytes.length];
        message[0] = kind;
        System.arraycopy(bytes, 0, message, 1, bytes.length);
        return message;
    }

    /** Returns the bytes of a publication without its position. */
    static byte[] bytes(Publication publication) {
        return new ModelWriter(FORMAT, publication.size() + 64)
                .publication(publication)
                .toArray();
    }

    static byte[] bytes(ClientInfo client) {
        return new ModelWriter(FORMAT, client.size() + 64).client(client).toArray();
    }

    static byte[] unplaced(Publication publication) {
        return with(UNPLACED, bytes(publication));
    }

    static byte[] joined(ClientInfo client) {
        return with(JOINED, bytes(client));
    }

    static byte[] left(ClientInfo client) {
        return with(LEFT, bytes(client));
    }

    static Message read(byte[] message) {
        if (message.length == 0) {
            throw new IllegalArgumentException("an empty message");
        }
        return switch (message[0]) {
            case PLACED -> placed(message);
            case UNPLACED -> new Published(publication(message, 1, null));
            case JOINED -> new Joined(client(message, 1));
            case LEFT -> new Left(client(message, 1));
            default -> throw new IllegalArgumentException("a message of an unknown kind");
        };
    }

    private static Message placed(byte[] message) {
        int space = space(message, 1);
        int end = space(message, space + 1);
        return new Published(publication(message, end + 1, position(message, 1, end)));
    }

    private static int space(byte[] message, int from) {
        for (int i = from; i < message.length; i++) {
            if (message[i] == ' ') {
                return i;
            }
        }
        throw new IllegalArgumentException("a message without a position");
    }

    /** Reads {@code epoch offset}, which scripts write. */
    static Position position(byte[] bytes) {
        return position(bytes, 0, bytes.length);
    }

    private static Position position(byte[] bytes, int from, int to) {
        int space = space(bytes, from);
        String offset = new String(bytes, space + 1, to - space - 1, US_ASCII);
        return new Position(new String(bytes, from, space - from, US_ASCII), Long.parseUnsignedLong(offset));
    }

    /** Reads the bytes of a publication from there on. */
    static Publication publication(byte[] bytes, int from, @Nullable Position position) {
        try {
            return reader(bytes, from).publication(position);
        } catch (BufferUnderflowException cut) {
            throw new IllegalArgumentException("a publication that is cut", cut);
        }
    }

    /** Reads the bytes of a client from there on. */
    static ClientInfo client(byte[] bytes, int from) {
        try {
            return reader(bytes, from).client();
        } catch (BufferUnderflowException cut) {
            throw new IllegalArgumentException("a client that is cut", cut);
        }
    }

    private static ModelReader reader(byte[] bytes, int from) {
        ModelReader reader = new ModelReader(ByteBuffer.wrap(bytes, from, bytes.length - from));
        if (reader.kind() != FORMAT) {
            throw new IllegalArgumentException("bytes of an unknown format");
        }
        return reader;
    }
}
