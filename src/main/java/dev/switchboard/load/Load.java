package dev.switchboard.load;

import java.net.URI;
import java.time.Duration;

/**
 * What a relay is to be loaded with.
 *
 * @param uri {@code ws://} alone. The last segment of a raw one is the channel, and pair n is in the channel with {@code -n} behind that name; a
 *     JSON one says it in the query parameter {@code channel}, which is otherwise {@code bench}
 * @param clients all that hear, in pairs two for each channel; senders of a fan-out come on top
 * @param silent so many of the clients never read
 * @param size of a message in bytes, at least {@value Stamp#SIZE}
 * @param window how many messages of a sender may be on their way when the next leaves; for a fan-out without a rate
 * @param rate messages a second of each sender; with 0 the next leaves when the oldest of the window has arrived everywhere
 * @param senders of a fan-out; in pairs everybody sends
 * @param warmUp before the measured time, zero for none
 */
public record Load(
        URI uri,
        Dialect dialect,
        Shape shape,
        int clients,
        int silent,
        int size,
        int window,
        double rate,
        int senders,
        Duration warmUp,
        Duration time) {

    private static final int MOST_CLIENTS = 60_000;
    private static final int MOST_SENDERS = 10_000;
    private static final int MOST_WINDOW = 1024;
    private static final int LARGEST = 1 << 20;
    private static final double LOWEST_RATE = 0.001;
    private static final double HIGHEST_RATE = 1_000_000;
    private static final Duration LONGEST = Duration.ofHours(24);

    /** Of all frames that are kept ready, and of all windows in which messages are ticked off. */
    private static final long MOST_MEMORY = 1L << 28;

    /** @throws IllegalArgumentException with what is wrong */
    public Load {
        demand("ws".equals(uri.getScheme()) && uri.getHost() != null, "it must look like ws://HOST/PATH");
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
            demand(silent == 0, "in pairs nobody is silent");
            demand(rate == 0 && window == 1, "in pairs each message is the answer to the one before");
        } else {
            demand((long) clients * senders * Arrivals.BYTES <= MOST_MEMORY, "so many take too much memory");
        }
    }

    private static void demand(boolean right, String rule) {
        if (!right) {
            throw new IllegalArgumentException(rule);
        }
    }
}
