package dev.switchboard.protocol;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.model.Disconnect;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import switchboard.wire.Wire;

/**
 * DelimitedCommands cuts a message into its commands, each behind its length (protocol section 2.2). What
 * cannot be cut is the last of them.
 */
record DelimitedCommands(ByteBuffer rest) implements Iterator<EncodedCommand> {

    private static final Disconnect MALFORMED = Disconnect.badRequest("malformed Protobuf");

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
        return new Part(bytes, whole);
    }

    /** Returns the varint that is next, or -1 if it is none or too large. */
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

    private record Part(ByteBuffer bytes, boolean whole) implements EncodedCommand {

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
