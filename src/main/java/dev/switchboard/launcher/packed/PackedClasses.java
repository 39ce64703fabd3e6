package dev.switchboard.launcher.packed;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Loads classes and resources from folders in memory. If several folders have one, the first folder
 * counts. Any thread.
 */
final class PackedClasses extends ClassLoader {

    static {
        registerAsParallelCapable();
    }

    private final List<PackedFolder> folders;

    PackedClasses(String name, List<PackedFolder> folders, ClassLoader parent) {
        super(name, parent);
        this.folders = List.copyOf(folders);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        String path = name.replace('.', '/') + ".class";
        try {
            for (PackedFolder folder : folders) {
                PackedFile file = folder.file(path);
                if (file != null) {
                    byte[] bytes = file.unpacked();
                    return defineClass(name, bytes, 0, bytes.length);
                }
            }
        } catch (IOException damaged) {
            throw new ClassNotFoundException(name, damaged);
        }
        throw new ClassNotFoundException(name);
    }

    @Override
    protected @Nullable URL findResource(String path) {
        return folders.stream()
                .map(folder -> folder.url(path))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    @Override
    protected Enumeration<URL> findResources(String path) {
        return Collections.enumeration(folders.stream()
                .map(folder -> folder.url(path))
                .filter(Objects::nonNull)
                .toList());
    }
}
