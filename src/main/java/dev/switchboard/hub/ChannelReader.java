package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Reason;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * ChannelReader reads presence and history for clients, within the bounds of an answer.
 *
 * <p>{@code requirement} throws the refusal if the client has not the right that it is given. If
 * the channel does not keep what is asked for, the refusal is {@link ClientError#NOT_AVAILABLE}.
 */
final class ChannelReader {

    /**
     * The number of clients in the largest presence that is listed; of a larger one there are the
     * numbers.
     */
    private static final int MAX_PRESENT = 1000;

    private static final Reason TOO_MANY_PRESENT = new Reason(
            "presence",
            "the presence has more than " + MAX_PRESENT
                    + " clients, or does not fit switchboard.outbox.bytes; presence_stats counts them");

    private final Node node;

    ChannelReader(Node node) {
        this.node = node;
    }

    /** Refuses a channel without a presence. */
    static void requirePresence(Node node, String channel) {
        if (!node.access().options(channel).presence()) {
            throw unavailable(node, channel, "keep_presence", "false");
        }
    }

    /** Returns the retention of the channel, or refuses a channel without a history. */
    static Retention requireHistory(Node node, String channel) {
        Retention retention = node.access().options(channel).retention();
        if (!retention.keeps()) {
            throw unavailable(node, channel, "history_size", "0");
        }
        return retention;
    }

    private static ClientError unavailable(Node node, String channel, String member, String value) {
        return ClientError.NOT_AVAILABLE.because(new Reason(
                member, member + " is " + value + " in " + node.access().rule(channel) + "; see channel-rules.md"));
    }

    /** Refuses a channel whose namespace no rule names. */
    static void requireKnown(Node node, String channel) {
        if (!node.access().knows(channel)) {
            throw unknown(node, channel);
        }
    }

    /** Returns the refusal of a channel whose namespace no rule names. */
    static ClientError unknown(Node node, String channel) {
        return ClientError.UNKNOWN_CHANNEL.because(
                new Reason("namespace", node.access().rule(channel) + "; see channel-rules.md"));
    }

    /** Completes with the clients of the channel, by client id. */
    CompletionStage<Map<String, ClientInfo>> presence(String channel, Consumer<Right> requirement) {
        return present(channel, requirement).thenApply(present -> {
            long texts = present.values().stream().mapToLong(ClientInfo::size).sum();
            if (present.size() > MAX_PRESENT || texts > node.limits().answerBytes()) {
                throw ClientError.LIMIT_EXCEEDED.because(TOO_MANY_PRESENT);
            }
            return present;
        });
    }

    CompletionStage<PresenceStats> presenceStats(String channel, Consumer<Right> requirement) {
        return present(channel, requirement).thenApply(PresenceStats::of);
    }

    private CompletionStage<Map<String, ClientInfo>> present(String channel, Consumer<Right> requirement) {
        requirePresence(node, channel);
        requirement.accept(Right.PRESENCE);
        return node.engine().presence(channel);
    }

    /**
     * Completes with a page that may be shorter than the query asks for; a negative limit asks for
     * the longest.
     *
     * @param filter leaves publications out; null for none
     */
    CompletionStage<History> history(
            String channel, HistoryQuery query, @Nullable TagsFilter filter, Consumer<Right> requirement) {
        Retention retention = requireHistory(node, channel);
        requirement.accept(Right.HISTORY);
        HistoryQuery bounded = query.atMost(CatchUp.MAX_PUBLICATIONS);
        CompletionStage<History> read = filter == null
                ? node.engine().history(channel, bounded, retention)
                : new FilteredPage(bounded, filter, next -> node.engine().history(channel, next, retention)).read();
        return read.thenApply(page ->
                new History(CatchUp.fitting(page.publications(), node.limits().answerBytes()), page.top()));
    }
}
