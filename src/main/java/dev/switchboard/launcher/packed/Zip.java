package dev.switchboard.launcher.packed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.ZipException;

/**
 * Reads the packed entries of a ZIP file (PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16).
 *
 * <p>It reads neither encryption nor ZIP64. The classes of the JDK cannot leave an entry packed.
 */
final class Zip {

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int HEADER = 0x02014b50;
    private static final int HEADER_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private Zip() {}

    /**
     * Returns copies of the entries with a wanted name, in the order of the file. The name of a
     * folder ends with a slash.
     *
     * @throws ZipException if {@code file} is no ZIP file, or if a part of it is missing
     */
    static Map<String, PackedFile> read(ByteBuffer file, Predicate<String> wanted) throws ZipException {
        try {
            return entries(file.slice().order(ByteOrder.LITTLE_ENDIAN), wanted);
        } catch (IndexOutOfBoundsException | NegativeArraySizeException cut) {
            throw damaged();
        }
    }

    private static Map<String, PackedFile> entries(ByteBuffer file, Predicate<String> wanted) throws ZipException {
        int end = file.limit() - END_BYTES;
        while (file.getInt(end) != END) {
            end--;
        }
        if (end + END_BYTES + unsigned(file, end + 20) > file.limit()) { // the comment is cut
            throw damaged();
        }
        Map<String, PackedFile> entries = new LinkedHashMap<>();
        int at = end - file.getInt(end + 12);
        int before = at - file.getInt(end + 16); // the length of a script in front of the ZIP file
        for (int count = unsigned(file, end + 10); count > 0; count--) {
            if (file.getInt(at) != HEADER) {
                throw damaged();
            }
            String name = new String(bytes(file, at + HEADER_BYTES, unsigned(file, at + 28)), StandardCharsets.UTF_8);
            if (wanted.test(name)) {
                int method = unsigned(file, at + 10);
                if (method != STORED && method != DEFLATED) {
                    throw new ZipException(name + " is packed by method " + method);
                }
                int local = before + file.getInt(at + 42);
                int start = local + LOCAL_BYTES + unsigned(file, local + 26) + unsigned(file, local + 28);
                entries.put(
                        name,
                        new PackedFile(
                                bytes(file, start, file.getInt(at + 20)), method == DEFLATED, file.getInt(at + 24)));
            }
            at += HEADER_BYTES + unsigned(file, at + 28) + unsigned(file, at + 30) + unsigned(file, at + 32);
        }
        return entries;
    }

    private static int unsigned(ByteBuffer file, int at) {
        return Short.toUnsignedInt(file.getShort(at));
    }

    private static byte[] bytes(ByteBuffer file, int at, int count) {
        byte[] bytes = new byte[count];
        file.get(at, bytes);
        return bytes;
    }

    static ZipException damaged() {
        return new ZipException("the file is damaged, or is no ZIP file");
    }
}
