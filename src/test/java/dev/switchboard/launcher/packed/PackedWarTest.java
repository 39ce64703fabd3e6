package dev.switchboard.launcher.packed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedWarTest {

    private static final String MULTI_RELEASE = "Manifest-Version: 1.0\nMulti-Release: true\n\n";

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    private static byte[] zip(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : new TreeMap<>(files).entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] classFile() throws IOException {
        String name = "/" + PackedFile.class.getName().replace('.', '/') + ".class";
        try (InputStream in = Objects.requireNonNull(PackedWarTest.class.getResourceAsStream(name))) {
            return in.readAllBytes();
        }
    }

    @BeforeEach
    void write() throws IOException {
        byte[] versions = zip(Map.of(
                "META-INF/MANIFEST.MF", bytes(MULTI_RELEASE),
                "v.txt", bytes("of the root"),
                "META-INF/versions/11/v.txt", bytes("of 11"),
                "META-INF/versions/17/v.txt", bytes("of 17"),
                "META-INF/versions/9999/v.txt", bytes("of a JVM to come"),
                "both.txt", bytes("jar")));
        byte[] plain = zip(Map.of("META-INF/versions/17/w.txt", bytes("of 17"), "w.txt", bytes("of the root")));
        byte[] container = zip(Map.of("dev/switchboard/launcher/packed/PackedFile.class", classFile()));
        file = Files.write(
                folder.resolve("it.war"),
                zip(Map.of(
                        "index.html",
                        bytes("a page"),
                        "licenses/",
                        new byte[0],
                        "WEB-INF/rules.json",
                        bytes("{}"),
                        "WEB-INF/classes/both.txt",
                        bytes("classes"),
                        "WEB-INF/lib/versions.jar",
                        versions,
                        "WEB-INF/lib/xplain.jar",
                        plain,
                        "WEB-INF/launcher/undertow.library",
                        container)));
    }

    private static @Nullable String text(@Nullable URL url) throws IOException {
        if (url == null) {
            return null;
        }
        try (InputStream in = url.openStream()) {
            String text = new String(in.readAllBytes(), UTF_8);
            assertThat(url.openConnection().getContentLengthLong()).isEqualTo(text.length());
            return text;
        }
    }

    @Test
    void the_war_stays_in_memory_when_the_file_is_deleted() throws Exception {
        PackedWar war = PackedWar.read(file);
        Files.delete(file);

        ClassLoader container = war.containerLoader();
        ClassLoader application = war.applicationLoader(container);

        assertThat(text(war.page("index.html"))).isEqualTo("a page");
        assertThat(application.loadClass(PackedFile.class.getName()))
                .isNotSameAs(PackedFile.class)
                .satisfies(type -> assertThat(type.getClassLoader()).isSameAs(container));
        assertThat(text(application.getResource("both.txt"))).isEqualTo("classes");
    }

    @Test
    void a_multi_release_jar_gives_the_newest_version_for_this_jvm() throws Exception {
        PackedWar war = PackedWar.read(file);
        ClassLoader application = war.applicationLoader(war.containerLoader());

        assertThat(text(application.getResource("v.txt"))).isEqualTo("of 17");
        assertThat(text(application.getResource("w.txt"))).isEqualTo("of the root");
    }

    @Test
    void the_first_folder_counts_when_several_have_a_resource() throws Exception {
        PackedWar war = PackedWar.read(file);
        ClassLoader application = war.applicationLoader(war.containerLoader());

        List<URL> found = Collections.list(application.getResources("both.txt"));

        assertThat(found).hasSize(2);
        assertThat(text(found.get(0))).isEqualTo("classes");
        assertThat(text(found.get(1))).isEqualTo("jar");
    }

    @Test
    void pages_are_files_and_folders_without_jars_and_classes() throws Exception {
        PackedWar war = PackedWar.read(file);

        assertThat(text(war.page("WEB-INF/rules.json"))).isEqualTo("{}");
        assertThat(war.page("")).hasToString("memory:/war!/");
        assertThat(war.page("licenses/")).hasToString("memory:/war!/licenses/");
        for (String none : List.of(
                "nothing",
                "index.html/",
                "../it.war",
                "java/lang/Object.class",
                "WEB-INF/classes/both.txt",
                "WEB-INF/lib/versions.jar",
                "WEB-INF/launcher/undertow.library")) {
            assertThat(war.page(none)).as(none).isNull();
        }
    }

    @Test
    void a_loader_finds_nothing_that_is_not_in_the_war() throws Exception {
        PackedWar war = PackedWar.read(file);
        ClassLoader application = war.applicationLoader(war.containerLoader());

        assertThat(application.getResource("nothing")).isNull();
        assertThatThrownBy(() -> application.loadClass("no.such.Type")).isInstanceOf(ClassNotFoundException.class);
        assertThatThrownBy(() -> application.loadClass(PackedWarTest.class.getName()))
                .isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    void an_error_names_the_file_and_the_reason() throws Exception {
        Path none = folder.resolve("none.war");
        assertThatThrownBy(() -> PackedWar.read(none)).hasMessage("cannot read " + none + ": there is no such file");
        Files.write(file, new byte[100]);
        assertThatThrownBy(() -> PackedWar.read(file))
                .hasMessage("cannot read " + file + ": the file is damaged, or is no ZIP file");
    }
}
