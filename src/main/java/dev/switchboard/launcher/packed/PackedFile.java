package dev.switchboard.launcher.packed;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Holds a file in memory, packed as in its ZIP file.
 *
 * @param deflated false if the bytes are the content itself
 * @param size the bytes of the content
 */
record PackedFile(byte[] bytes, boolean deflated, int size) {

    /** Returns the content of the file, which the caller must not change. */
    byte[] unpacked() throws ZipException {
        if (!deflated) {
            return bytes;
        }
        byte[] file = new byte[size];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(bytes);
            int done = 0;
            while (done < size) {
                int count = inflater.inflate(file, done, size - done);
                if (count == 0) {
                    throw Zip.damaged();
                }
                done += count;
            }
            return file;
        } catch (DataFormatException wrong) {
            throw Zip.damaged();
        } finally {
            inflater.end();
        }
    }
}
