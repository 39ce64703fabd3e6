package dev.switchboard.engine.file;

import dev.switchboard.engine.codec.ModelReader;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Reads the records of one segment of an earlier process, up to the first one that is not whole. */
final class SegmentReader {

    /** Takes a record whose body begins at {@code from} in the file. */
    @FunctionalInterface
    interface RecordConsumer {
        void record(RecordType type, ModelReader record, int from);
    }

    private final ByteBuffer bytes;
    private final @Nullable SegmentHead head;
    private int wholeTo = SegmentHead.BYTES;
    private int end = SegmentHead.BYTES;
    private @Nullable RecordType last;
    private boolean damaged;

    private SegmentReader(ByteBuffer bytes) {
        this.bytes = bytes;
        this.head = SegmentHead.read(bytes);
        this.damaged = head == null || head.size() != bytes.limit();
    }

    static SegmentReader open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = Math.min(channel.size(), Integer.MAX_VALUE);
            return new SegmentReader(channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
        }
    }

    /** Returns null for a file that is no segment. */
    @Nullable
    SegmentHead head() {
        return head;
    }

    /** Returns whether the file was reserved and never begun, or its process was killed while it began. */
    boolean isUnused() {
        if (bytes.limit() > SegmentHead.BYTES) {
            return notedEnd() == 0 && bytes.get(SegmentHead.BYTES) == 0;
        }
        for (int i = 0; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the segment was begun and never had a record. */
    boolean isEmpty() {
        return !damaged && bytes.get(SegmentHead.BYTES) == 0 && notedEnd() <= SegmentHead.BYTES;
    }

    /** Finds where the records end that are whole, without a look into them. Any thread; before {@link #read}. */
    void check() {
        while (head != null && wholeTo < bytes.limit() && bytes.get(wholeTo) != 0) {
            int size = wholeSize();
            if (size == 0) {
                damaged = true;
                return;
            }
            wholeTo += Segment.RECORD_HEAD + size;
        }
    }

    /** Returns the size of the next body; 0 if the record is not whole. */
    private int wholeSize() {
        if (bytes.get(wholeTo) != Segment.WHOLE || bytes.limit() - wholeTo < Segment.RECORD_HEAD) {
            return 0;
        }
        int size = bytes.getInt(wholeTo + 1);
        int from = wholeTo + Segment.RECORD_HEAD;
        if (size <= 0 || size > bytes.limit() - from) {
            return 0;
        }
        int checksum = bytes.getInt(wholeTo + 1 + Integer.BYTES);
        return Segment.checksum(bytes.slice(from, size)) == checksum ? size : 0;
    }

    /** Gives each whole record to the consumer, which must not keep it. */
    void read(RecordConsumer consumer) {
        if (head == null) {
            return;
        }
        while (end < wholeTo) {
            int from = end + Segment.RECORD_HEAD;
            int size = bytes.getInt(end + 1);
            try {
                ModelReader record = new ModelReader(bytes.slice(from, size));
                RecordType type = RecordType.of(record.kind());
                if (type == null) {
                    throw new IllegalArgumentException("a record of an unknown type");
                }
                last = type;
                consumer.record(type, record, from);
            } catch (BufferUnderflowException | IllegalArgumentException foreign) {
                damaged = true;
                return;
            }
            end = from + size;
        }
        damaged |= end < notedEnd();
    }

    private long notedEnd() {
        return bytes.getLong(SegmentHead.NOTED_END);
    }

    /** Copies bytes of the file into the array, and returns them there. Any thread. */
    ByteBuffer copy(int from, int size, byte[] into) {
        bytes.get(from, into, 0, size);
        return ByteBuffer.wrap(into, 0, size);
    }

    /** Returns the place after the last record that was read. */
    int end() {
        return end;
    }

    /** Returns the last record that was read, null if there is none. */
    @Nullable
    RecordType last() {
        return last;
    }

    /** Returns whether records may be missing that the file once had. */
    boolean isDamaged() {
        return damaged;
    }
}
