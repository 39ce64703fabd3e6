package dev.switchboard.load;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names the protocol of a server, and writes the messages of a client in it. */
public enum Dialect {

    /** All other clients of the path get the messages of a client. */
    RAW {
        @Override
        String target(URI uri, String suffix) {
            String path = uri.getRawPath();
            return (path.isEmpty() ? "/" : path) + suffix + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        }

        @Override
        String opening(URI uri, String suffix, String token) {
            return "";
        }

        @Override
        String before(URI uri, String suffix) {
            return "";
        }

        @Override
        String after() {
            return "";
        }
    },

    /**
     * The Centrifugo client protocol in JSON; a WebSocket message has one command, reply or push on
     * each line.
     */
    JSON {
        @Override
        String target(URI uri, String suffix) {
            return RAW.target(uri, "");
        }

        @Override
        String opening(URI uri, String suffix, String token) {
            String connect = token.isEmpty() ? "" : "\"token\":\"" + escaped(token) + "\"";
            return "{\"id\":1,\"connect\":{" + connect + "}}\n{\"id\":2,\"subscribe\":{\"channel\":\""
                    + channel(uri, suffix) + "\"}}";
        }

        @Override
        String before(URI uri, String suffix) {
            return "{\"id\":3,\"publish\":{\"channel\":\"" + channel(uri, suffix) + "\",\"data\":\"";
        }

        @Override
        String after() {
            return "\"}}";
        }
    };

    /** Begins the reply that lets a client in; see {@link #opening}. */
    static final String SUBSCRIBED = "{\"id\":2,\"subscribe\":";

    /** Begins the reply that refuses a publication. */
    static final String REFUSED = "{\"id\":3,\"error\":";

    private static final Pattern CHANNEL = Pattern.compile("(?:^|&)channel=([^&]*)");

    /** Returns the request target of the handshake (RFC 9112 section 3.2). */
    abstract String target(URI uri, String suffix);

    /** Returns the first message of a client, empty for none. {@code token} may be empty. */
    abstract String opening(URI uri, String suffix, String token);

    /** Returns the text before the message in a publication. */
    abstract String before(URI uri, String suffix);

    /** Returns the text after the message in a publication. */
    abstract String after();

    private static String channel(URI uri, String suffix) {
        Matcher named = CHANNEL.matcher(uri.getQuery() == null ? "" : uri.getQuery());
        String name = named.find() ? named.group(1) : "bench";
        return escaped(name) + suffix;
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
