package dev.switchboard.launcher.doctor;

import dev.switchboard.json.JsonWriter;
import dev.switchboard.launcher.connect.Certificates;
import dev.switchboard.launcher.connect.UserInfo;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Describes the server that is checked, and the client that the checks play.
 *
 * @param root URL of the page of the relay, with a slash at its end
 * @param token connection token, empty for none
 * @param origin origin of another page, empty for none
 * @param channel channel in which the checks publish
 * @param idle time for which a connection is held quiet
 * @param patience longest time for an answer
 */
public record Site(
        URI root,
        Certificates certificates,
        HttpClient http,
        String token,
        String origin,
        String channel,
        Duration idle,
        Duration patience) {

    /** The parts of a URL, up to the path of a channel or of the client protocol. */
    private static final Pattern URL = Pattern.compile(
            "(?i)(http|ws)(s?)(://[^/?#]+)(/[^?#]*?)??(?:/(?:raw/[^/?#]*|connection/websocket))?/?(?:[?#].*)?");

    /**
     * Returns the URL of the relay's page for a URL that an operator knows: that of the page, of a
     * raw channel, or of the client protocol.
     *
     * @throws IllegalArgumentException if the URL is malformed, has another scheme or names a user. The message
     *     does not quote the URL, which may have a password
     */
    public static URI root(String url) {
        if (UserInfo.isIn(url)) {
            throw new IllegalArgumentException(UserInfo.REFUSAL);
        }
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            throw new IllegalArgumentException("it must look like https://HOST/ or http://HOST/");
        }
        String path = parts.group(4) == null ? "" : parts.group(4);
        try {
            URI root = new URI("http" + parts.group(2).toLowerCase(Locale.ROOT) + parts.group(3) + path
                    + (path.endsWith("/") ? "" : "/"));
            if (root.getHost() == null) {
                throw new IllegalArgumentException("it has no name of a host");
            }
            return root;
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(malformed.getReason(), malformed);
        }
    }

    boolean isEncrypted() {
        return root.getScheme().equals("https");
    }

    int port() {
        return root.getPort() >= 0 ? root.getPort() : isEncrypted() ? 443 : 80;
    }

    /** Returns the URL of a path below the page of the relay. */
    URI at(String path) {
        return root.resolve(path);
    }

    /** Returns the URL of the client protocol over WebSocket. */
    URI socket() {
        return URI.create(at("connection/websocket").toString().replaceFirst("http", "ws"));
    }

    /** Returns the first command of a client, which has the id 1. */
    String connectCommand() {
        return new JsonWriter()
                .number("id", 1)
                .object("connect")
                .stringIfAny("token", token)
                .finish();
    }

    String subscribeCommand(int id) {
        return new JsonWriter()
                .number("id", id)
                .object("subscribe")
                .string("channel", channel)
                .finish();
    }

    /** Returns a command that publishes the data, which is JSON. */
    String publishCommand(int id, String data) {
        return new JsonWriter(data.length() + 256)
                .number("id", id)
                .object("publish")
                .string("channel", channel)
                .json("data", data)
                .finish();
    }

    /** Returns the origin of the relay's page, as a browser sends it. */
    String ownOrigin() {
        boolean standard = port() == (isEncrypted() ? 443 : 80);
        return root.getScheme() + "://" + root.getHost().toLowerCase(Locale.ROOT) + (standard ? "" : ":" + port());
    }
}
