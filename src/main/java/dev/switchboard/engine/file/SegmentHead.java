package dev.switchboard.engine.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a segment.
 *
 * @param sequence the number of the segment; the numbers of a log have no gaps
 * @param first the first segment that a reader of the log needed when this one was made
 * @param size of the file in bytes
 * @param boot the start of the machine on which the segment was made; empty if it is not known
 * @param file the identity of the file on its disk, which a copy does not have; 0 if it is not known
 * @param flushed whether each record was flushed to the disk before it was answered
 */
record SegmentHead(long sequence, long first, int size, String boot, long file, boolean flushed) {

    /** The bytes of a head; the first record is after them. */
    static final int BYTES = 128;

    /** The place of the end that a writer notes after each record; the checksum does not cover it. */
    static final int NOTED_END = 120;

    private static final long MAGIC = 0x5357_4254_4C4F_4731L; // SWBTLOG1
    private static final int BOOT_BYTES = 48;

    void write(ByteBuffer into) {
        ByteBuffer head = into.duplicate().position(0);
        head.putLong(MAGIC).putLong(sequence).putLong(first).putInt(size);
        head.putLong(file).put((byte) (flushed ? 1 : 0));
        byte[] text = new byte[BOOT_BYTES];
        byte[] name = boot.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, text, 0, Math.min(name.length, BOOT_BYTES));
        head.put(text);
        head.putInt(checksum(into, head.position()));
    }

    /** Returns null if the bytes are no head. */
    static @Nullable SegmentHead read(ByteBuffer from) {
        if (from.limit() < BYTES) {
            return null;
        }
        ByteBuffer head = from.duplicate().position(0);
        if (head.getLong() != MAGIC) {
            return null;
        }
        long sequence = head.getLong();
        long first = head.getLong();
        int size = head.getInt();
        long file = head.getLong();
        boolean flushed = head.get() == 1;
        byte[] text = new byte[BOOT_BYTES];
        head.get(text);
        int end = head.position();
        if (head.getInt() != checksum(from, end)) {
            return null;
        }
        String boot = new String(text, StandardCharsets.US_ASCII).trim();
        return new SegmentHead(sequence, first, size, boot, file, flushed);
    }

    private static int checksum(ByteBuffer bytes, int end) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.duplicate().position(0).limit(end));
        return (int) checksum.getValue();
    }
}
