package dev.switchboard.engine.redis;

import java.time.Duration;
import java.util.List;

/**
 * Says where Redis is, and how the relay uses it.
 *
 * @param servers empty if the relay uses no Redis
 * @param prefix begins each key and channel
 * @param fence whether epochs end when Redis may have gone back to an older state
 * @param connectTimeout maximum time for each step of connecting
 * @param timeout maximum time for a reply, after which the connection ends
 */
public record RedisSettings(
        List<RedisUrl> servers, String prefix, boolean fence, Duration connectTimeout, Duration timeout) {

    /** Uses no Redis. */
    public static final RedisSettings NONE =
            new RedisSettings(List.of(), "switchboard", true, Duration.ofSeconds(1), Duration.ofSeconds(2));

    /**
     * Returns the prefix if keys can begin with it.
     *
     * @throws IllegalArgumentException if it is empty or has braces, which are for hash tags
     */
    public static String prefix(String text) {
        if (!text.matches("[^{}\\s]+")) {
            throw new IllegalArgumentException("must have neither braces nor spaces, and not be empty");
        }
        return text;
    }
}
