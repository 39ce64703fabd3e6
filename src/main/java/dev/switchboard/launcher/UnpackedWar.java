package dev.switchboard.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The WAR in a temporary folder of its own, which {@link #delete} removes.
 *
 * <p>The JVM runs {@link Main} out of the packed file but loads no jar within it, and Tomcat takes a minute to start from a packed WAR.
 *
 * @param directory holds the WAR in {@code app}, and beside it whatever the container needs to write
 */
record UnpackedWar(Path directory) {

    static UnpackedWar of(Path war) throws IOException {
        UnpackedWar unpacked = new UnpackedWar(Files.createTempDirectory("switchboard-"));
        try (ZipFile zip = new ZipFile(war.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                unpacked.add(entry, zip);
            }
            return unpacked;
        } catch (IOException failure) {
            unpacked.delete();
            throw failure;
        }
    }

    private void add(ZipEntry entry, ZipFile zip) throws IOException {
        Path target = app().resolve(entry.getName());
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, target);
        }
    }

    Path app() {
        return directory.resolve("app");
    }

    /** Sees the embedded container and this package, and nothing of the class path of the JVM. */
    ClassLoader containerLoader() throws IOException {
        List<URL> urls = new ArrayList<>();
        urls.add(app().resolve("META-INF/versions/17/").toUri().toURL());
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(app().resolve("WEB-INF/launcher"), "*.library")) {
            for (Path jar : jars) {
                urls.add(jar.toUri().toURL());
            }
        }
        return new URLClassLoader("switchboard", urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    void delete() {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(UnpackedWar::deleteFile);
        } catch (IOException | UncheckedIOException left) {
            System.err.println("switchboard: could not remove " + directory + ": " + left.getMessage());
        }
    }

    private static void deleteFile(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
