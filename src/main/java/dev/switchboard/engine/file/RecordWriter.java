package dev.switchboard.engine.file;

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

/** Writes the body of one record; {@link RecordReader} reads the same members in the same order. */
final class RecordWriter {

    private byte[] bytes;
    private int size;

    /** Begins a record that has about so many bytes. */
    RecordWriter(RecordType type, int expected) {
        bytes = new byte[expected + 64];
        bytes[size++] = type.code();
    }

    RecordWriter number(long value) {
        room(Long.BYTES);
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    RecordWriter text(String text) {
        return bytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    RecordWriter textOrNull(@Nullable String text) {
        return flag(text != null).text(text == null ? "" : text);
    }

    RecordWriter position(Position position) {
        return text(position.epoch()).number(position.offset());
    }

    RecordWriter version(@Nullable Version version) {
        flag(version != null);
        return version == null ? this : number(version.number()).text(version.epoch());
    }

    /** Writes all but the position. */
    RecordWriter publication(Publication publication) {
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
            text(publisher.client())
                    .text(publisher.user())
                    .textOrNull(publisher.connInfo())
                    .textOrNull(publisher.chanInfo());
        }
        number(publication.tags().size());
        for (Map.Entry<String, String> tag : publication.tags().entrySet()) {
            text(tag.getKey()).text(tag.getValue());
        }
        return text(publication.sender()).version(publication.version());
    }

    RecordWriter flag(boolean value) {
        room(1);
        bytes[size++] = (byte) (value ? 1 : 0);
        return this;
    }

    private RecordWriter bytes(ByteBuffer from) {
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

    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }
}
