package dev.switchboard.load;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Describes the load of one run.
 *
 * @param uris one {@code ws://} URI for each node of a server, with the same path and query.
 *     Connections take them in turn. The channel is the last segment of the path; in JSON it is the
 *     query parameter {@code channel}, {@code bench} if there is none. Pair n has {@code -n} after
 *     that name
 * @param clients the number of receivers, without the senders of a fan-out; even in pairs
 * @param silent the number of clients that never read
 * @param size the bytes of a message, at least {@value Stamp#SIZE}
 * @param window in a fan-out without a rate, the most messages of a sender that are on their way
 * @param rate the messages a second of each sender. If it is 0, a sender sends when the oldest
 *     message of its window has arrived at all clients
 * @param senders the number of senders of a fan-out; in pairs each client sends
 * @param warmUp the time of sending before the measured time, zero for none
 * @param time the measured time
 * @param token the connection token of each client, empty for none; only JSON brings one
 */
public record Load(
        List<URI> uris,
        Dialect dialect,
        Shape shape,
        int clients,
        int silent,
        int size,
        int window,
        double rate,
        int senders,
        Duration warmUp,
        Duration time,
        String token) {

    private static final int MOST_CLIENTS = 60_000;
    private static final int MOST_SENDERS = 10_000;
    private static final int MOST_WINDOW = 1024;
    private static final int LARGEST = 1 << 20;
    private static final double LOWEST_RATE = 0.001;
    private static final double HIGHEST_RATE = 1_000_000;
    private static final Duration LONGEST = Duration.ofHours(24);

    /** Bytes of all frames that are kept ready, and of all marks of arrivals. */
    private static final long MOST_MEMORY = 1L << 28;

    /** @throws IllegalArgumentException naming the value that is wrong */
    public Load {
        uris = List.copyOf(uris);
        demand(!uris.isEmpty(), "there is one URI at least");
        for (URI uri : uris) {
            demand("ws".equals(uri.getScheme()) && uri.getHost() != null, "it must look like ws://HOST/PATH");
        }
        demand(token.isEmpty() || dialect == Dialect.JSON, "a raw client cannot bring a token");
        demand(clients >= 1 && clients <= MOST_CLIENTS, "there are 1 to " + MOST_CLIENTS + " clients");
        demand(silent >= 0 && silent < clients, "fewer clients are silent than there are");
        demand(size >= Stamp.SIZE && size <= LARGEST, "a message has " + Stamp.SIZE + " to " + LARGEST + " bytes");
        demand(window >= 1 && window <= MOST_WINDOW, "the window is 1 to " + MOST_WINDOW);
        demand(
                rate == 0 || rate >= LOWEST_RATE && rate <= HIGHEST_RATE,
                "the rate is 0.001 to 1000000 a second, or 0 for none");
        demand(senders >= 1 && senders <= MOST_SENDERS, "there are 1 to " + MOST_SENDERS + " senders");
        demand(!warmUp.isNegative() && warmUp.compareTo(LONGEST) <= 0, "the warm-up is 0 to 24 hours");
        demand(!time.isNegative() && time.compareTo(LONGEST) <= 0, "the time is 0 to 24 hours");
        long frames = shape == Shape.PAIRS ? clients : senders;
        demand(frames * size <= MOST_MEMORY, "so many senders of such messages take too much memory");
        if (shape == Shape.PAIRS) {
            demand(clients % 2 == 0, "pairs are of two clients");
            demand(silent == 0, "in pairs no client is silent");
            demand(rate == 0 && window == 1, "in pairs each message is the answer to the one before");
        } else {
            demand((long) clients * senders * Arrivals.BYTES <= MOST_MEMORY, "so many take too much memory");
        }
    }

    /**
     * Returns the number of connections; the clients have the first ids, and the silent ones the
     * very first.
     */
    int connections() {
        return shape == Shape.PAIRS ? clients : clients + senders;
    }

    /** Returns the URI of this connection. */
    URI uri(int connection) {
        return uris.get(connection % uris.size());
    }

    boolean isClient(int connection) {
        return connection < clients;
    }

    boolean isSilent(int connection) {
        return connection < silent;
    }

    /**
     * Returns what follows the name of the channel in {@link #uris} for this connection, empty for
     * nothing.
     */
    String channelSuffix(int connection) {
        return shape == Shape.PAIRS ? "-" + connection / 2 : "";
    }

    /** Returns the frame in which this connection sends. */
    MessageFrame frame(int connection) {
        return new MessageFrame(dialect.before(uri(connection), channelSuffix(connection)), size, dialect.after());
    }

    private static void demand(boolean right, String rule) {
        if (!right) {
            throw new IllegalArgumentException(rule);
        }
    }
}
