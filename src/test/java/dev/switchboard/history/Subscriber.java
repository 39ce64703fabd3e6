package dev.switchboard.history;

import dev.switchboard.model.Position;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes to channels and keeps its position in each, so that it recovers when it reconnects.
 */
final class Subscriber extends WorkloadClient {

    private static final int TOKEN_EXPIRED = 109;
    private static final int UNRECOVERABLE = 112;
    private static final int RESUBSCRIBE = 2500;

    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

    /** {@code streams} are the channels in which it recovers. */
    Subscriber(String name, Target target, Journal journal, Set<String> channels, Set<String> streams) {
        super(name, target, journal);
        channels.forEach(channel -> subscriptions.put(channel, new Subscription(channel, streams.contains(channel))));
    }

    /** Wants all channels from now on. */
    synchronized void wantAll() {
        subscriptions.values().forEach(subscription -> subscription.wanted = true);
    }

    /** Subscribes to the channels that it wants, and unsubscribes from the others. */
    synchronized void tend() {
        if (!isConnected()) {
            return;
        }
        for (Subscription subscription : subscriptions.values()) {
            if (subscription.wanted && subscription.state == State.OFF) {
                ask("subscribe", subscription.question(), subscription::answered);
            } else if (!subscription.wanted && subscription.state == State.ON) {
                subscription.state = State.LEAVING;
                ask(
                        "unsubscribe",
                        JsonText.object().add("channel", subscription.channel),
                        answer -> subscription.left(0));
            }
        }
    }

    @Override
    void addToConnect(List<String> commands) {
        for (Subscription subscription : subscriptions.values()) {
            if (subscription.wanted) {
                commands.add(command("subscribe", subscription.question(), subscription::answered));
            }
        }
    }

    /** Changes whether it wants the channel. */
    synchronized void toggle(String channel) {
        subscription(channel).wanted ^= true;
    }

    /** Forgets its position, so that it does not recover. */
    synchronized void forgetPosition(String channel) {
        if (subscription(channel).state == State.OFF) {
            subscription(channel).position = null;
        }
    }

    /** Returns whether it is subscribed and has this position. */
    synchronized boolean isAt(String channel, Position position) {
        return subscription(channel).state == State.ON && position.equals(subscription(channel).position);
    }

    /** Returns whether no subscribe or unsubscribe is under way. */
    synchronized boolean isSettled() {
        return isConnected()
                && subscriptions.values().stream()
                        .allMatch(subscription -> subscription.state == (subscription.wanted ? State.ON : State.OFF));
    }

    private Subscription subscription(String channel) {
        Subscription subscription = subscriptions.get(channel);
        if (subscription == null) {
            throw new IllegalArgumentException(channel);
        }
        return subscription;
    }

    @Override
    void published(String channel, JsonObject publication) {
        Subscription subscription = subscriptions.get(channel);
        if (subscription == null) {
            journal.record(new Event.Recv(name, channel, 0, "", number(publication, "offset"), value(publication)));
        } else {
            subscription.published(publication);
        }
    }

    @Override
    void unsubscribed(String channel, int code) {
        Subscription subscription = subscriptions.get(channel);
        if (subscription != null) {
            subscription.left(code);
            subscription.wanted &= code >= RESUBSCRIBE;
        }
    }

    @Override
    void lost() {
        subscriptions.values().forEach(subscription -> subscription.state = State.OFF);
    }

    private enum State {
        /** Not in the channel. */
        OFF,
        /** The subscribe is not answered yet. */
        ASKED,
        /** In the channel. */
        ON,
        /** The unsubscribe is not answered yet. */
        LEAVING
    }

    private final class Subscription {

        private final String channel;
        private final boolean recoverable;
        private boolean wanted = true;
        private State state = State.OFF;
        private long gen;
        private @Nullable Position position;

        Subscription(String channel, boolean recoverable) {
            this.channel = channel;
            this.recoverable = recoverable;
        }

        JsonObjectBuilder question() {
            state = State.ASKED;
            gen++;
            journal.record(new Event.SubInvoke(name, channel, gen, position));
            JsonObjectBuilder question = JsonText.object().add("channel", channel);
            if (recoverable) {
                question.add("recoverable", true);
            }
            if (position != null) {
                question.add("recover", true).add("epoch", position.epoch());
                if (position.offset() > 0) {
                    question.add("offset", position.offset());
                }
            }
            return question;
        }

        void answered(JsonObject answer) {
            int error = error(answer);
            if (error != 0) {
                journal.record(new Event.SubFail(name, channel, gen, error));
                state = State.OFF;
                if (error == UNRECOVERABLE) {
                    position = null;
                } else {
                    wanted &= error == TOKEN_EXPIRED
                            || answer.getJsonObject("error").getBoolean("temporary", false);
                }
                return;
            }
            JsonObject result = answer.getJsonObject("subscribe");
            String epoch = result.getString("epoch", "");
            long offset = number(result, "offset");
            List<Event.Item> items = result
                    .getOrDefault("publications", JsonValue.EMPTY_JSON_ARRAY)
                    .asJsonArray()
                    .getValuesAs(JsonObject.class)
                    .stream()
                    .map(each -> new Event.Item(number(each, "offset"), value(each)))
                    .toList();
            boolean recovered = result.getBoolean("recovered", false);
            journal.record(new Event.SubOk(name, channel, gen, recovered, epoch, offset, items));
            state = State.ON;
            if (!epoch.isEmpty()) {
                position = new Position(
                        epoch,
                        items.isEmpty() ? offset : items.get(items.size() - 1).offset());
            }
        }

        void published(JsonObject publication) {
            long offset = number(publication, "offset");
            String epoch = publication.getString("epoch", position == null ? "" : position.epoch());
            journal.record(new Event.Recv(name, channel, gen, epoch, offset, value(publication)));
            if (position != null && offset > 0) {
                position = new Position(position.epoch(), offset);
            }
        }

        /**
         * The relay may end a subscription while its unsubscribe is under way; the reply comes all
         * the same.
         */
        void left(int code) {
            journal.record(new Event.Unsub(name, channel, gen, code));
            if (code == 0 || state != State.LEAVING) {
                state = State.OFF;
            }
        }
    }
}
