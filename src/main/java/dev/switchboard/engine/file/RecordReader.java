package dev.switchboard.engine.file;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of one record, whose checksum was right.
 *
 * <p>A body that does not hold what its type says is a {@link BufferUnderflowException} or an
 * {@link IllegalArgumentException}.
 */
final class RecordReader {

    private final ByteBuffer bytes;
    private final RecordType type;

    /** {@code body} has an array. */
    RecordReader(ByteBuffer body) {
        this.bytes = body;
        RecordType known = RecordType.of(body.get());
        if (known == null) {
            throw new IllegalArgumentException("a record of an unknown type");
        }
        this.type = known;
    }

    RecordType type() {
        return type;
    }

    long number() {
        return bytes.getLong();
    }

    boolean flag() {
        return bytes.get() != 0;
    }

    String text() {
        int length = length();
        int from = bytes.position();
        bytes.position(from + length);
        return length == 0 ? "" : new String(bytes.array(), bytes.arrayOffset() + from, length, StandardCharsets.UTF_8);
    }

    @Nullable
    String textOrNull() {
        boolean present = flag();
        String text = text();
        return present ? text : null;
    }

    Position position() {
        String epoch = text();
        return new Position(epoch, number());
    }

    @Nullable
    Version version() {
        if (!flag()) {
            return null;
        }
        long number = number();
        return new Version(number, text());
    }

    Publication publication(Position position) {
        boolean binary = flag();
        Payload.Form form = flag() ? Payload.Form.JSON : Payload.Form.OPAQUE;
        int size = bytes.getInt(bytes.position());
        Frame frame = binary ? Frame.binary(array()) : new Frame.Text(text(), size);
        ClientInfo publisher = flag() ? new ClientInfo(text(), text(), textOrNull(), textOrNull()) : null;
        Map<String, String> tags = tags();
        String sender = text();
        return new Publication(new Payload(frame, form), publisher, position, tags, sender, version());
    }

    private Map<String, String> tags() {
        long count = number();
        if (count == 0) {
            return Map.of();
        }
        Map<String, String> tags = new HashMap<>();
        for (long left = count; left > 0; left--) {
            tags.put(text(), text());
        }
        return Map.copyOf(tags);
    }

    private byte[] array() {
        byte[] array = new byte[length()];
        bytes.get(array);
        return array;
    }

    private int length() {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        return length;
    }
}
