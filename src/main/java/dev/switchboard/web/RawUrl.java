package dev.switchboard.web;

import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the channel of a raw client from its URL. The channel is the last segment of the path, or
 * the parameter {@code channel} at {@code /raw}.
 */
final class RawUrl {

    /** The parameter that names the channel. Unlike a path, it can hold each name on all containers. */
    static final String CHANNEL = "channel";

    static final HttpError NO_CHANNEL = new HttpError(
            HttpServletResponse.SC_NOT_FOUND,
            102,
            "A channel is the last segment of the path, or the parameter channel of /raw.");

    private static final HttpError TWO_CHANNELS = new HttpError(
            HttpServletResponse.SC_BAD_REQUEST,
            107,
            "A URL names one channel, by the path or by the parameter channel.");

    static final HttpError OTHER_PATH = new HttpError(
            HttpServletResponse.SC_BAD_REQUEST,
            107,
            "Some servers change or refuse this path. /raw?channel=NAME takes every name.");

    private static final Pattern UNSAFE = Pattern.compile("\\\\|%2f|%5c|[{}]|%7b|%7d", Pattern.CASE_INSENSITIVE);
    private static final Pattern DOTS = Pattern.compile("(\\.|%2e){1,2}(;.*)?", Pattern.CASE_INSENSITIVE);

    private RawUrl() {}

    /**
     * Returns true if some container refuses the last segment of the path, or makes another path of
     * it. The relay refuses such a path on all.
     */
    static boolean isUnsafe(String path) {
        String segment = path.substring(path.lastIndexOf('/') + 1);
        return UNSAFE.matcher(segment).find() || DOTS.matcher(segment).matches();
    }

    /**
     * Returns what is wrong with the way in which the URL names its channel, or null.
     *
     * @param inPath whether the path has a segment after {@code raw}
     */
    static @Nullable HttpError fault(boolean inPath, Map<String, List<String>> parameters) {
        int named = parameters.getOrDefault(CHANNEL, List.of()).size() + (inPath ? 1 : 0);
        return named == 1 ? null : named == 0 ? NO_CHANNEL : TWO_CHANNELS;
    }

    /** Returns the channel of a URL without a fault, decoded. */
    static String channel(URI uri, Map<String, List<String>> parameters) {
        List<String> named = parameters.get(CHANNEL);
        return named == null ? inPath(uri) : named.get(0);
    }

    /**
     * Returns the last segment of the path, decoded. Not every container decodes a
     * {@code @PathParam}.
     */
    private static String inPath(URI uri) {
        String path = uri.getRawPath();
        return URI.create(path.substring(path.lastIndexOf('/'))).getPath().substring(1);
    }
}
