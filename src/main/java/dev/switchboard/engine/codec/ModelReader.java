package dev.switchboard.engine.codec;

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
 * Reads one record of {@link ModelWriter}.
 *
 * <p>A record that does not hold what its kind says is a {@link BufferUnderflowException} or an
 * {@link IllegalArgumentException}.
 */
public final class ModelReader {

    private final ByteBuffer bytes;
    private final byte kind;

    /** Reads from the position of the buffer on. Long texts are read sooner from one with an array. */
    public ModelReader(ByteBuffer record) {
        this.bytes = record;
        this.kind = record.get();
    }

    /** Returns the first byte, which says what follows. */
    public byte kind() {
        return kind;
    }

    public long number() {
        return bytes.getLong();
    }

    public boolean flag() {
        return bytes.get() != 0;
    }

    public String text() {
        int length = length();
        if (length == 0) {
            return "";
        }
        if (!bytes.hasArray()) {
            return new String(array(length), StandardCharsets.UTF_8);
        }
        int from = bytes.position();
        bytes.position(from + length);
        return new String(bytes.array(), bytes.arrayOffset() + from, length, StandardCharsets.UTF_8);
    }

    public @Nullable String textOrNull() {
        boolean present = flag();
        String text = text();
        return present ? text : null;
    }

    public Position position() {
        String epoch = text();
        return new Position(epoch, number());
    }

    public @Nullable Version version() {
        if (!flag()) {
            return null;
        }
        long number = number();
        return new Version(number, text());
    }

    public ClientInfo client() {
        return new ClientInfo(text(), text(), textOrNull(), textOrNull());
    }

    /** Returns how many bytes of the record have been read. */
    public int consumed() {
        return bytes.position();
    }

    /** Goes to where {@link #consumed} was that number for the same record. */
    public void goTo(int consumed) {
        bytes.position(consumed);
    }

    /** Reads over a publication, and returns its version alone, which costs little. */
    public @Nullable Version skipPublication() {
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
        Version version = version();
        time();
        return version;
    }

    /** Returns 0 at the end of a record: earlier releases wrote no time. */
    private long time() {
        return bytes.hasRemaining() ? number() : 0;
    }

    private void skipText() {
        int length = length();
        bytes.position(bytes.position() + length);
    }

    /** Reads a publication, which is the end of its record and gets the position. */
    public Publication publication(@Nullable Position position) {
        boolean binary = flag();
        Payload.Form form = flag() ? Payload.Form.JSON : Payload.Form.OPAQUE;
        int size = bytes.getInt(); // read again with the data
        bytes.position(bytes.position() - Integer.BYTES);
        Frame frame = binary ? Frame.binary(array(length())) : new Frame.Text(text(), size);
        ClientInfo publisher = flag() ? client() : null;
        Map<String, String> tags = tags();
        return new Publication(new Payload(frame, form), publisher, position, tags, text(), version(), time());
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

    private byte[] array(int length) {
        byte[] array = new byte[length];
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
