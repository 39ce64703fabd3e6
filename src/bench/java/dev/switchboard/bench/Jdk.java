package dev.switchboard.bench;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * A JDK on this machine.
 *
 * @param version the vendor and the version, as the JDK's release file has them
 */
record Jdk(Path home, int feature, String version) {

    static Jdk of(Path home) {
        Properties release = new Properties();
        try (Reader reader = Files.newBufferedReader(home.resolve("release"))) {
            release.load(reader);
        } catch (IOException noJdk) {
            throw new UncheckedIOException(noJdk);
        }
        String version = unquoted(release, "JAVA_VERSION");
        return new Jdk(
                home,
                Integer.parseInt(version.split("[^0-9]", 2)[0]),
                (unquoted(release, "IMPLEMENTOR") + " " + version).strip());
    }

    private static String unquoted(Properties release, String name) {
        return release.getProperty(name, "").replace("\"", "");
    }

    String tool(String name) {
        return home.resolve("bin").resolve(name).toString();
    }
}
