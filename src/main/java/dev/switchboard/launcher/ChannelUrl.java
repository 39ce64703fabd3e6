package dev.switchboard.launcher;

import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the WebSocket URL of a channel from the command line. */
final class ChannelUrl {

    private ChannelUrl() {}

    /**
     * Returns the URL.
     *
     * @throws CommandException if the URL is malformed or has none of the schemes
     */
    static URI read(String url, List<String> schemes) throws CommandException {
        URI uri;
        try {
            uri = URI.create(URI.create(url).toASCIIString());
        } catch (IllegalArgumentException malformed) {
            throw new CommandException("bad URL " + url + ": " + malformed.getMessage());
        }
        if (uri.getScheme() == null || !schemes.contains(uri.getScheme()) || uri.getHost() == null) {
            throw new CommandException("bad URL " + url + ": it must look like "
                    + schemes.stream()
                            .map(scheme -> scheme + "://HOST/raw/CHANNEL")
                            .collect(Collectors.joining(" or ")));
        }
        return uri;
    }
}
