package dev.switchboard.engine.codec;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one record; {@link ModelReader} reads the same members in the same order. */
public final class ModelWriter {

    private byte[] bytes;
    private int size;

    /**
     * Begins a record.
     *
     * @param kind its first byte, which says what follows
     * @param expected about so many bytes follow
     */
    public ModelWriter(byte kind, int expected) {
        bytes = new byte[expected + 64];
        bytes[size++] = kind;
    }

    public ModelWriter number(long value) {
        room(Long.BYTES);
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    public ModelWriter text(String text) {
        return bytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    public ModelWriter textOrNull(@Nullable String text) {
        return flag(text != null).text(text == null ? "" : text);
    }

    public ModelWriter position(Position position) {
        return text(position.epoch()).number(position.offset());
    }

    public ModelWriter version(@Nullable Version version) {
        flag(version != null);
        return version == null ? this : number(version.number()).text(version.epoch());
    }

    public ModelWriter client(ClientInfo client) {
        return text(client.client())
                .text(client.user())
                .textOrNull(client.connInfo())
                .textOrNull(client.chanInfo());
    }

    /** Writes all but the position. Nothing follows it in a record. */
    public ModelWriter publication(Publication publication) {
        Payload data = publication.data();
        boolean binary = data.frame() instanceof Frame.Binary;
        flag(binary).flag(data.form() == Payload.Form.JSON);
        if (data.frame() instanceof Frame.Binary frame) {
            bytes(frame.bytes().duplicate());
        } else {
            text(String.valueOf(data.frame().text()));
        }
        ClientInfo publisher = publication.publisher();
        flag(publisher != null);
        if (publisher != null) {
            client(publisher);
        }
        number(publication.tags().size());
        for (Map.Entry<String, String> tag : publication.tags().entrySet()) {
            text(tag.getKey()).text(tag.getValue());
        }
        return text(publication.sender()).version(publication.version()).number(publication.time());
    }

    public ModelWriter flag(boolean value) {
        room(1);
        bytes[size++] = (byte) (value ? 1 : 0);
        return this;
    }

    private ModelWriter bytes(ByteBuffer from) {
        int length = from.remaining();
        room(Integer.BYTES + length);
        for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (length >>> shift);
        }
        from.get(bytes, size, length);
        size += length;
        return this;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }

    /** Returns the record, in the array of this writer. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    public int size() {
        return size;
    }

    /** Returns the record as an array of its own. */
    public byte[] toArray() {
        return Arrays.copyOf(bytes, size);
    }
}
