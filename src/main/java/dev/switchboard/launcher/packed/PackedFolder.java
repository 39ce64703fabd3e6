package dev.switchboard.launcher.packed;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds files in memory and makes a URL for each of them. Any thread. */
final class PackedFolder {

    private static final String PROTOCOL = "memory";

    private final String root;
    private final Map<String, PackedFile> files = new HashMap<>();
    private final long readAt = System.currentTimeMillis();
    private final URLStreamHandler handler = new Handler();

    /**
     * Holds the entries whose names begin with {@code folder}. The path of each URL begins with
     * {@code name}.
     */
    PackedFolder(String name, String folder, Map<String, PackedFile> entries) {
        root = "/" + name + "!/";
        entries.forEach((path, file) -> {
            if (path.startsWith(folder)) {
                files.put(path.substring(folder.length()), file);
            }
        });
    }

    /** Returns a file, or null if there is no such file. */
    @Nullable
    PackedFile file(String path) {
        return files.get(path);
    }

    /**
     * Returns the URL of a file, or null if there is no such file. The path of a folder ends with a
     * slash; the path of the root is empty.
     */
    @Nullable
    URL url(String path) {
        if (!path.isEmpty() && !files.containsKey(path)) {
            return null;
        }
        try {
            return new URL(PROTOCOL, null, -1, root + path, handler);
        } catch (MalformedURLException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private final class Handler extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) throws IOException {
            PackedFile file = files.get(url.getFile().substring(root.length()));
            if (file == null) {
                throw new FileNotFoundException(url.toString());
            }
            return new Connection(url, file);
        }
    }

    private final class Connection extends URLConnection {
        private final PackedFile file;

        Connection(URL url, PackedFile file) {
            super(url);
            this.file = file;
        }

        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() throws IOException {
            return new ByteArrayInputStream(file.unpacked());
        }

        @Override
        public long getContentLengthLong() {
            return file.size();
        }

        /** Returns the time of the start, because two versions of a WAR may have the same time. */
        @Override
        public long getLastModified() {
            return readAt;
        }
    }
}
