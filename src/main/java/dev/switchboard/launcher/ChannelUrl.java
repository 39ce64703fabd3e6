package dev.switchboard.launcher;

import dev.switchboard.launcher.connect.UserInfo;
import java.net.URI;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the WebSocket URL of a channel from the command line. */
final class ChannelUrl {

    private static final Pattern RAW = Pattern.compile("(.*/)raw/([^/]+)");

    private ChannelUrl() {}

    /**
     * Returns the URL.
     *
     * @throws CommandException if the URL is malformed, has none of the schemes or names a user
     */
    static URI read(String url, List<String> schemes) throws CommandException {
        demandNoUser(url);
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

    /**
     * Refuses a URL with a user or a password, which no later message may quote.
     *
     * @throws CommandException if the URL has one
     */
    static void demandNoUser(String url) throws CommandException {
        if (UserInfo.isIn(url)) {
            throw new CommandException("bad URL: " + UserInfo.REFUSAL);
        }
    }

    /** Returns the URL at which the server of a raw channel speaks the client protocol. */
    static URI ofClientProtocol(URI channel) throws CommandException {
        return channel.resolve(raw(channel, channel.getRawPath()).group(1) + "connection/websocket");
    }

    /** Returns the name of the channel. */
    static String channel(URI channel) throws CommandException {
        return raw(channel, channel.getPath()).group(2);
    }

    private static Matcher raw(URI channel, String path) throws CommandException {
        Matcher matcher = RAW.matcher(path);
        if (!matcher.matches()) {
            throw new CommandException("bad URL " + channel + ": with --token it must end with /raw/CHANNEL");
        }
        return matcher;
    }
}
