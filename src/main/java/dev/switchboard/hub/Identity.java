package dev.switchboard.hub;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is.
 *
 * @param user empty for one that is not known
 * @param info JSON that others may see
 * @param ttl seconds for which this holds, at least 1; 0 for ever
 * @param channels those that the server subscribes it to
 */
public record Identity(String user, @Nullable String info, long ttl, Map<String, Grant> channels) {

    public static final Identity ANONYMOUS = new Identity("", null, 0, Map.of());

    /** The same for so many seconds. */
    Identity holding(long seconds) {
        return new Identity(user, info, seconds, channels);
    }

    public boolean isAnonymous() {
        return user.isEmpty();
    }
}
