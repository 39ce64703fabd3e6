package dev.switchboard.engine.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * One file of a log, mapped into memory, to which records are appended.
 *
 * <p>The file has its whole size from the beginning, filled with zeros, so that an append needs no
 * room on the disk. What is appended outlives a killed process, because the pages belong to the
 * operating system. A record is {@code mark, length, checksum, body}; the mark is written last, so a
 * record that a killed process left half written has none.
 *
 * <p>Not safe for threads.
 */
final class Segment {

    /** The mark of a record that is whole. No single bit error turns it into 0 or 0 into it. */
    static final byte WHOLE = 0x5A;

    /** The bytes of a record before its body. */
    static final int RECORD_HEAD = 1 + Integer.BYTES + Integer.BYTES;

    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int BLOCK = 64 * 1024;

    private final Path path;
    private final SegmentHead head;
    private final MappedByteBuffer bytes;
    private int end = SegmentHead.BYTES;
    private int flushedTo;

    private Segment(Path path, SegmentHead head, MappedByteBuffer bytes) {
        this.path = path;
        this.head = head;
        this.bytes = bytes;
    }

    /** Makes the file, which must not exist, and takes its room on the disk. May block. */
    static MappedByteBuffer reserve(Path path, int size) throws IOException {
        FileChannel created = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try (FileChannel channel = created) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(BLOCK);
            for (long written = 0; written < size; ) {
                written += channel.write(zeros.clear().limit((int) Math.min(BLOCK, size - written)), written);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
        } catch (IOException noRoom) {
            Files.deleteIfExists(path);
            throw noRoom;
        }
    }

    /** Begins a segment in a reserved file. */
    static Segment begin(Path path, MappedByteBuffer reserved, SegmentHead head) {
        head.write(reserved);
        LONGS.setVolatile(reserved, SegmentHead.NOTED_END, (long) SegmentHead.BYTES);
        return new Segment(path, head, reserved);
    }

    /** Opens a segment of an earlier process, to append its last record. May block. */
    static Segment reopen(Path path, SegmentHead head, int end) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Segment segment = new Segment(path, head, channel.map(FileChannel.MapMode.READ_WRITE, 0, head.size()));
            segment.end = end;
            return segment;
        }
    }

    Path path() {
        return path;
    }

    SegmentHead head() {
        return head;
    }

    int end() {
        return end;
    }

    /** Returns whether a record with a body of that size fits, and after it the two that end a segment. */
    boolean hasRoomFor(int bodySize) {
        return head.size() - end >= RECORD_HEAD + bodySize + 2 * (RECORD_HEAD + 1);
    }

    /** Appends a record; memory only. The caller has asked {@link #hasRoomFor}. */
    void append(ByteBuffer body, int checksum) {
        int size = body.remaining();
        bytes.put(end + RECORD_HEAD, body, body.position(), size);
        bytes.putInt(end + 1, size);
        bytes.putInt(end + 1 + Integer.BYTES, checksum);
        VarHandle.releaseFence(); // the mark is last
        bytes.put(end, WHOLE);
        end += RECORD_HEAD + size;
        LONGS.setVolatile(bytes, SegmentHead.NOTED_END, (long) end);
    }

    /** Returns the checksum of a body, with its length. */
    static int checksum(ByteBuffer body) {
        int size = body.remaining();
        CRC32C checksum = new CRC32C();
        checksum.update(body);
        return (int) checksum.getValue() ^ size;
    }

    /** Flushes what was appended since the last call to the disk; blocks. */
    void flush() {
        flush(end);
    }

    /** As {@link #flush()}, up to that place; another thread may append meanwhile. */
    void flush(int to) {
        if (flushedTo < to) {
            bytes.force(0, to);
            flushedTo = to;
        }
    }
}
