package dev.switchboard.launcher.server;

import io.undertow.server.handlers.resource.Resource;
import io.undertow.server.handlers.resource.ResourceChangeListener;
import io.undertow.server.handlers.resource.ResourceManager;
import io.undertow.server.handlers.resource.URLResource;
import java.net.URL;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the pages of the WAR by their path below the context. Pages never change. */
final class Pages implements ResourceManager {

    private final Function<String, @Nullable URL> files;

    /**
     * {@code files} takes a path without a slash in front. It returns null if there is no such
     * file.
     */
    Pages(Function<String, @Nullable URL> files) {
        this.files = files;
    }

    @Override
    public @Nullable Resource getResource(String path) {
        URL url = files.apply(path.startsWith("/") ? path.substring(1) : path);
        return url == null ? null : new URLResource(url, path);
    }

    @Override
    public boolean isResourceChangeListenerSupported() {
        return false;
    }

    @Override
    public void registerResourceChangeListener(ResourceChangeListener listener) {}

    @Override
    public void removeResourceChangeListener(ResourceChangeListener listener) {}

    @Override
    public void close() {}
}
