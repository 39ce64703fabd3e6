package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** Tests the content of the WAR and of the two jars. */
class ArtifactsIT {

    private static final String WAR = System.getProperty("war");

    private static JarFile jar(String classifier) throws IOException {
        return new JarFile(WAR.replace(".war", "-" + classifier + ".jar"));
    }

    private static List<String> files(JarFile jar) {
        return jar.stream()
                .filter(entry -> !entry.isDirectory())
                .map(ZipEntry::getName)
                .filter(name -> !name.startsWith("META-INF/"))
                .toList();
    }

    @Test
    void the_war_has_no_cdi_classes_or_service_files() throws IOException {
        try (JarFile war = new JarFile(WAR)) {
            assertThat(war.stream().map(ZipEntry::getName))
                    .noneMatch(name -> name.contains("META-INF/services/jakarta."));
            for (ZipEntry entry : war.stream()
                    .filter(each -> each.getName().startsWith("WEB-INF/classes/"))
                    .filter(each -> each.getName().endsWith(".class"))
                    .toList()) {
                try (InputStream in = war.getInputStream(entry)) {
                    assertThat(new String(in.readAllBytes(), ISO_8859_1))
                            .as(entry.getName())
                            .doesNotContain("Ljakarta/enterprise", "Ljakarta/inject");
                }
            }
        }
    }

    @Test
    void the_war_hides_the_load_clients_from_containers() throws IOException {
        try (JarFile war = new JarFile(WAR)) {
            assertThat(war.stream().map(ZipEntry::getName).toList())
                    .contains(
                            "META-INF/versions/17/dev/switchboard/load/LoadRun.class",
                            "META-INF/versions/17/org/HdrHistogram/Histogram.class")
                    .noneMatch(name -> name.startsWith("WEB-INF/classes/dev/switchboard/load/"))
                    .noneMatch(name -> name.startsWith("WEB-INF/lib/") && name.contains("HdrHistogram"));
        }
    }

    @Test
    void the_library_has_its_service_files_and_nothing_of_the_launcher() throws IOException {
        try (JarFile library = jar("classes")) {
            assertThat(files(library))
                    .contains(
                            "dev/switchboard/web/Deployment.class",
                            "dev/switchboard/embedded/Beans.class",
                            "dev/switchboard/api/Switchboard.class",
                            "dev/switchboard/web/rules.json")
                    .doesNotContain(
                            "dev/switchboard/web/RawEndpoint.class",
                            "dev/switchboard/web/RawParameterEndpoint.class",
                            "dev/switchboard/web/CentrifugeEndpoint.class")
                    .noneMatch(name -> name.contains("launcher") || name.contains("/load/"))
                    .allMatch(name -> name.startsWith("dev/switchboard/") || name.startsWith("switchboard/wire/"));
            assertThat(library.getEntry("META-INF/services/jakarta.servlet.ServletContainerInitializer"))
                    .isNotNull();
            assertThat(library.getEntry("META-INF/services/jakarta.enterprise.inject.spi.Extension"))
                    .isNotNull();
        }
    }

    @Test
    void the_api_jar_has_only_the_api() throws IOException {
        try (JarFile api = jar("api")) {
            assertThat(files(api))
                    .contains("dev/switchboard/api/Switchboard.class")
                    .allMatch(name -> name.startsWith("dev/switchboard/api/"));
        }
    }
}
