package dev.switchboard.protocol;

import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Request is what a command asks for, as the client wrote it (protocol section 5). There is a
 * record for each method.
 *
 * <p>A text that the client left out is empty, a number is 0. Data that the client left out is
 * null.
 */
sealed interface Request {

    /** Returns the channel that the request is about; empty for none. */
    default String channel() {
        return "";
    }

    /** The names of the requests. */
    ClassValue<String> WORDS = new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
            return type.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        }
    };

    /** Returns the name of the request for logs and metrics. */
    default String word() {
        return WORDS.get(getClass());
    }

    /** Change is a request after which the next command waits until this one is answered. */
    sealed interface Change extends Request {}

    /**
     * Connect identifies the client (protocol section 5.1).
     *
     * @param name the name of the client's software
     * @param version the version of the client's software
     * @param headers names and values that the client sends to the application
     * @param data for the application
     * @param subscriptions the channels to which the server had subscribed the client, each with
     *     its position, or with null if the client does not want to recover
     */
    record Connect(
            String token,
            String name,
            String version,
            Map<String, String> headers,
            @Nullable Payload data,
            Map<String, @Nullable Position> subscriptions)
            implements Request {}

    /**
     * Subscribe asks for a subscription (protocol section 5.3).
     *
     * @param data for the application
     * @param recover whether the client wants the publications after {@code position}
     * @param delta the name of a delta format
     * @param flag bits; {@link #REJECT_UNRECOVERED} is one of them
     * @param type the kind of the channel, 0 for a stream
     * @param filter the filter for tags, null for none
     */
    record Subscribe(
            String channel,
            String token,
            @Nullable Payload data,
            Position position,
            boolean recover,
            boolean positioned,
            boolean recoverable,
            boolean joinLeave,
            String delta,
            long flag,
            int type,
            @Nullable FilterNode filter)
            implements Change {

        /**
         * The bit of the flag by which a client prefers an error to a subscription without
         * recovery.
         */
        static final int REJECT_UNRECOVERED = 2;
    }

    record Unsubscribe(String channel) implements Change {}

    /**
     * Publish asks the relay to publish data (protocol section 5.6).
     *
     * @param map whether the client publishes into a map
     */
    record Publish(String channel, @Nullable Payload data, boolean map) implements Request {}

    record Presence(String channel) implements Request {}

    record PresenceStats(String channel) implements Request {}

    /**
     * History asks for a page of the history (protocol section 5.8).
     *
     * @param since the position where the page begins, null for an end of the history
     * @param limit maximum publications; negative for all
     * @param reverse whether the newest publication comes first
     */
    record History(String channel, @Nullable Position since, int limit, boolean reverse) implements Request {}

    record Ping() implements Request {}

    record Send() implements Request {}

    /** Rpc calls a method of the application with data (protocol section 5.9). */
    record Rpc(String method, @Nullable Payload data) implements Request {}

    record Refresh(String token) implements Change {}

    /**
     * SubRefresh renews a subscription (protocol section 5.4).
     *
     * @param type the kind of the channel, 0 for a stream
     */
    record SubRefresh(String channel, String token, int type) implements Change {}

    /** Pong answers a ping. */
    record Pong() implements Request {}
}
