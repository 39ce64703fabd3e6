package dev.switchboard.launcher.packed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

class ZipTest {

    private static final String LONG = "long ".repeat(10_000);

    /**
     * Returns a ZIP file of the JDK with a packed entry, a stored entry, an empty entry and a
     * folder.
     */
    private static byte[] zip() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setComment("a comment at the end");
            zip.putNextEntry(new ZipEntry("folder/"));
            zip.putNextEntry(new ZipEntry("folder/grüß.txt"));
            zip.write(LONG.getBytes(UTF_8));
            ZipEntry stored = new ZipEntry("stored");
            CRC32 sum = new CRC32();
            sum.update("as it is".getBytes(UTF_8));
            stored.setMethod(ZipEntry.STORED);
            stored.setSize(8);
            stored.setCrc(sum.getValue());
            zip.putNextEntry(stored);
            zip.write("as it is".getBytes(UTF_8));
            zip.putNextEntry(new ZipEntry("empty"));
        }
        return bytes.toByteArray();
    }

    private static PackedFile file(Map<String, PackedFile> entries, String name) {
        return Objects.requireNonNull(entries.get(name), name);
    }

    private static String text(Map<String, PackedFile> entries, String name) throws IOException {
        byte[] bytes = file(entries, name).unpacked();
        assertThat(bytes).hasSize(file(entries, name).size());
        return new String(bytes, UTF_8);
    }

    @Test
    void entries_are_read_in_the_order_of_the_file() throws Exception {
        Map<String, PackedFile> entries = Zip.read(ByteBuffer.wrap(zip()), name -> true);

        assertThat(entries.keySet()).containsExactly("folder/", "folder/grüß.txt", "stored", "empty");
        assertThat(text(entries, "folder/grüß.txt")).isEqualTo(LONG);
        assertThat(file(entries, "folder/grüß.txt").bytes()).hasSizeLessThan(1_000);
        assertThat(text(entries, "stored")).isEqualTo("as it is");
        assertThat(text(entries, "empty")).isEmpty();
    }

    @Test
    void an_entry_is_left_out_when_it_is_not_wanted() throws Exception {
        assertThat(Zip.read(ByteBuffer.wrap(zip()), name -> name.equals("stored")))
                .containsOnlyKeys("stored");
    }

    @Test
    void a_file_is_read_when_a_script_is_in_front() throws Exception {
        byte[] zip = zip();
        ByteBuffer script = ByteBuffer.allocate(zip.length + 10)
                .put("#!/bin/sh\n".getBytes(UTF_8))
                .put(zip);

        assertThat(text(Zip.read(script.flip(), name -> true), "stored")).isEqualTo("as it is");
    }

    @Test
    void a_file_is_damaged_when_its_end_is_missing() throws Exception {
        byte[] zip = zip();
        for (int length = 0; length < zip.length; length += 7) {
            ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(zip, length));
            assertThatThrownBy(() -> Zip.read(cut, name -> true))
                    .as(length + " bytes")
                    .isInstanceOf(ZipException.class)
                    .hasMessageContaining("damaged");
        }
        byte[] other = zip.clone();
        Arrays.fill(other, 60, 90, (byte) 0xFF);
        assertThatThrownBy(() -> file(Zip.read(ByteBuffer.wrap(other), name -> true), "folder/grüß.txt")
                        .unpacked())
                .isInstanceOf(ZipException.class);
    }
}
