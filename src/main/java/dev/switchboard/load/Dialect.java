package dev.switchboard.load;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server speaks. */
public enum Dialect {

    /** What one client sends all others of the path get. */
    RAW {
        @Override
        String target(URI uri, String room) {
            String path = uri.getRawPath();
            return (path.isEmpty() ? "/" : path) + room + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        }

        @Override
        String opening(URI uri, String room) {
            return "";
        }

        @Override
        String before(URI uri, String room) {
            return "";
        }

        @Override
        String after() {
            return "";
        }
    },

    /** The Centrifugo client protocol in JSON; several commands, replies and pushes may be in a message, a line each. */
    JSON {
        @Override
        String target(URI uri, String room) {
            return RAW.target(uri, "");
        }

        @Override
        String opening(URI uri, String room) {
            return "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"" + channel(uri, room) + "\"}}";
        }

        @Override
        String before(URI uri, String room) {
            return "{\"id\":3,\"publish\":{\"channel\":\"" + channel(uri, room) + "\",\"data\":\"";
        }

        @Override
        String after() {
            return "\"}}";
        }
    };

    /** An answer to what {@link #opening} asks that lets the client in. */
    static final String SUBSCRIBED = "{\"id\":2,\"subscribe\":";

    /** How the answer to a publication begins that the server refuses. */
    static final String REFUSED = "{\"id\":3,\"error\":";

    private static final Pattern CHANNEL = Pattern.compile("(?:^|&)channel=([^&]*)");

    /** What is asked for in the handshake, by a client that is in this room; empty for all in one. */
    abstract String target(URI uri, String room);

    /** What a client says when it is connected, empty for nothing. */
    abstract String opening(URI uri, String room);

    /** What stands before the message when it is sent. */
    abstract String before(URI uri, String room);

    abstract String after();

    private static String channel(URI uri, String room) {
        Matcher named = CHANNEL.matcher(uri.getQuery() == null ? "" : uri.getQuery());
        String name = named.find() ? named.group(1) : "bench";
        return name.replace("\\", "\\\\").replace("\"", "\\\"") + room;
    }
}
