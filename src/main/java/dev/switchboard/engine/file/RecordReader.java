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
import java.util.LinkedHashMap;
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
        return new String(array(), StandardCharsets.UTF_8);
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
        byte[] data = array();
        Frame frame = binary ? Frame.binary(data) : Frame.text(new String(data, StandardCharsets.UTF_8));
        ClientInfo publisher = flag() ? new ClientInfo(text(), text(), textOrNull(), textOrNull()) : null;
        Map<String, String> tags = new LinkedHashMap<>();
        for (long left = number(); left > 0; left--) {
            tags.put(text(), text());
        }
        String sender = text();
        return new Publication(new Payload(frame, form), publisher, position, Map.copyOf(tags), sender, version());
    }

    private byte[] array() {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] array = new byte[length];
        bytes.get(array);
        return array;
    }
}
