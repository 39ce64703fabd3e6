package dev.switchboard.protocol;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.model.Disconnect;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import switchboard.wire.Wire;

/**
 * DelimitedCommands splits a message into commands, each of which follows its length (protocol
 * section 2.2). If a length is malformed, the rest of the message is the last command, which cannot
 * be read.
 */
record DelimitedCommands(ByteBuffer rest) implements Iterator<EncodedCommand> {

    static final Disconnect MALFORMED = Disconnect.badRequest("malformed Protobuf");

    @Override
    public boolean hasNext() {
        return rest.hasRemaining();
    }

    @Override
    public EncodedCommand next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int length = length();
        boolean whole = length >= 0 && length <= rest.remaining();
        ByteBuffer bytes = rest.slice(rest.position(), whole ? length : rest.remaining());
        rest.position(rest.position() + bytes.remaining());
        return new Delimited(bytes, whole);
    }

    /** Reads a varint. Returns -1 if it is malformed or too large. */
    private int length() {
        long length = 0;
        for (int shift = 0; shift < 35 && rest.hasRemaining(); shift += 7) {
            byte next = rest.get();
            length |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return length > Integer.MAX_VALUE ? -1 : (int) length;
            }
        }
        return -1;
    }

    private record Delimited(ByteBuffer bytes, boolean whole) implements EncodedCommand {

        @Override
        public int size() {
            return bytes.remaining();
        }

        @Override
        public boolean isPong() {
            return whole && size() == 0;
        }

        @Override
        public Command read() {
            if (!whole) {
                throw MALFORMED;
            }
            try {
                return new ProtobufCommand(Wire.Command.parseFrom(bytes.duplicate())).read();
            } catch (InvalidProtocolBufferException malformed) {
                throw MALFORMED;
            }
        }
    }
}
