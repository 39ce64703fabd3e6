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
    private final SegmentReader file;
    private final int from;

    /** {@code body} has an array, and begins at {@code from} in the file. */
    RecordReader(ByteBuffer body, SegmentReader file, int from) {
        this(body, type(body.get()), file, from);
    }

    private RecordReader(ByteBuffer bytes, RecordType type, SegmentReader file, int from) {
        this.bytes = bytes;
        this.type = type;
        this.file = file;
        this.from = from;
    }

    private static RecordType type(byte code) {
        RecordType known = RecordType.of(code);
        if (known == null) {
            throw new IllegalArgumentException("a record of an unknown type");
        }
        return known;
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

    /** A publication in a file, which is read when it is known to be needed. */
    record Later(
            SegmentReader file,
            int from,
            int size,
            @Nullable Version version) {

        Publication at(Position position) {
            return new RecordReader(file.copy(from, size), RecordType.PUBLISHED, file, from)
                    .publication(position, version);
        }
    }

    /** Makes objects of nothing but the version, because most publications of a log are not needed any more. */
    Later publication() {
        int begin = bytes.position();
        flag();
        flag();
        skipText();
        if (flag()) {
            skipText();
            skipText();
            for (int optional = 0; optional < 2; optional++) {
                flag();
                skipText();
            }
        }
        for (long left = 2 * number(); left > 0; left--) {
            skipText();
        }
        skipText();
        int size = bytes.position() - begin;
        return new Later(file, from + begin, size, version());
    }

    private void skipText() {
        int length = length();
        bytes.position(bytes.position() + length);
    }

    private Publication publication(Position position, @Nullable Version version) {
        boolean binary = flag();
        Payload.Form form = flag() ? Payload.Form.JSON : Payload.Form.OPAQUE;
        int size = bytes.getInt(bytes.position());
        Frame frame = binary ? Frame.binary(array()) : new Frame.Text(text(), size);
        ClientInfo publisher = flag() ? new ClientInfo(text(), text(), textOrNull(), textOrNull()) : null;
        Map<String, String> tags = tags();
        return new Publication(new Payload(frame, form), publisher, position, tags, text(), version);
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
