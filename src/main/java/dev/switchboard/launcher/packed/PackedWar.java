package dev.switchboard.launcher.packed;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds the WAR in memory, with the JARs within it, which the JVM itself cannot load.
 *
 * <p>It reads the file once. An operator may replace or remove the file while the server runs.
 */
public final class PackedWar {

    private static final String LAUNCHER = "META-INF/versions/17/";
    private static final String CONTAINER_JARS = "WEB-INF/launcher/";
    private static final String CLASSES = "WEB-INF/classes/";
    private static final String JARS = "WEB-INF/lib/";
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final Pattern VERSION = Pattern.compile("META-INF/versions/(\\d+)/.*");

    private final List<PackedFolder> container = new ArrayList<>();
    private final List<PackedFolder> application = new ArrayList<>();
    private final PackedFolder pages;

    private PackedWar(Map<String, PackedFile> war) throws IOException {
        container.add(new PackedFolder("launcher", LAUNCHER, war));
        application.add(new PackedFolder("classes", CLASSES, war));
        for (Map.Entry<String, PackedFile> entry : war.entrySet()) {
            String name = entry.getKey();
            if (isJar(name)) {
                (name.startsWith(JARS) ? application : container).addAll(jar(name, entry.getValue()));
            }
        }
        war.keySet().removeIf(name -> isJar(name) || name.startsWith(LAUNCHER) || name.startsWith(CLASSES));
        pages = new PackedFolder("war", "", war);
    }

    /** Reads the WAR from which the JVM was started. */
    public static PackedWar started() throws IOException, URISyntaxException {
        return read(Path.of(PackedWar.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI()));
    }

    /**
     * Reads a WAR.
     *
     * @throws IOException naming the file and the reason, if it cannot be read
     */
    static PackedWar read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return new PackedWar(
                    Zip.read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()), PackedWar::isUsed));
        } catch (NoSuchFileException gone) {
            throw new IOException("cannot read " + file + ": there is no such file", gone);
        } catch (IOException failure) {
            throw new IOException("cannot read " + file + ": " + failure.getMessage(), failure);
        }
    }

    /** Returns false for the libraries of the command line, which the JVM takes from the file. */
    private static boolean isUsed(String name) {
        return !name.startsWith(LAUNCHER) || name.startsWith(LAUNCHER + "dev/switchboard/launcher/");
    }

    private static boolean isJar(String name) {
        return name.startsWith(CONTAINER_JARS) && name.endsWith(".library")
                || name.startsWith(JARS) && name.endsWith(".jar");
    }

    /**
     * Returns a loader of the embedded container and the launcher. It sees nothing of the class
     * path of the JVM.
     */
    public ClassLoader containerLoader() {
        return new PackedClasses("switchboard", container, ClassLoader.getPlatformClassLoader());
    }

    /** Returns a loader of the classes and libraries of the WAR. */
    public ClassLoader applicationLoader(ClassLoader containerLoader) {
        return new PackedClasses("application", application, containerLoader);
    }

    /** Returns a file or folder of the WAR, or null; the path has no slash in front. */
    public @Nullable URL page(String path) {
        return pages.url(path);
    }

    /**
     * Returns the folders of a JAR that this JVM uses. In a multi-release JAR, the newest version
     * comes first.
     */
    private static List<PackedFolder> jar(String name, PackedFile packed) throws IOException {
        Map<String, PackedFile> jar =
                Zip.read(ByteBuffer.wrap(packed.unpacked()), entry -> !entry.startsWith("META-INF/maven/"));
        List<PackedFolder> folders = new ArrayList<>();
        if (isMultiRelease(jar)) {
            TreeSet<Integer> versions = new TreeSet<>();
            for (String entry : jar.keySet()) {
                Matcher version = VERSION.matcher(entry);
                if (version.matches()) {
                    versions.add(Integer.valueOf(version.group(1)));
                }
            }
            for (int version :
                    versions.headSet(Runtime.version().feature(), true).descendingSet()) {
                folders.add(new PackedFolder(name, "META-INF/versions/" + version + "/", jar));
            }
        }
        jar.keySet().removeIf(entry -> VERSION.matcher(entry).matches());
        folders.add(new PackedFolder(name, "", jar));
        return folders;
    }

    private static boolean isMultiRelease(Map<String, PackedFile> jar) throws IOException {
        PackedFile manifest = jar.get(MANIFEST);
        return manifest != null
                && Boolean.parseBoolean(new Manifest(new ByteArrayInputStream(manifest.unpacked()))
                        .getMainAttributes()
                        .getValue(Attributes.Name.MULTI_RELEASE));
    }
}
