package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one subscriber saw of one channel, in all its subscriptions. */
final class ChannelView {

    final String subscriber;
    final String channel;
    /** Values that arrived; only for raw channels. */
    final Set<String> heard = new HashSet<>();

    State state = State.CLOSED;
    long gen;

    @Nullable
    Position asked;
    /** The begin of the subscription: at first its invocation, then its reply. */
    @Nullable
    Entry since;
    /** The greatest confirmed offset of each epoch when the subscribe was invoked. */
    Map<String, Long> confirmedBefore = Map.of();

    String epoch = "";
    long start;
    long last;
    boolean recovered;
    boolean heardLive;
    final Set<Long> offsets = new HashSet<>();
    /**
     * The index of the latest confirmed publication that arrived, by publisher; only for raw
     * channels.
     */
    final Map<String, Integer> indexes = new HashMap<>();

    @Nullable
    Run run;

    ChannelView(String subscriber, String channel) {
        this.subscriber = subscriber;
        this.channel = channel;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    enum State {
        /** Nothing may arrive. */
        CLOSED,
        /** The relay has not replied. */
        ASKED,
        /** The relay has replied. */
        OPEN
    }

    /** A chain of subscriptions, of which each recovered from the one before. */
    static final class Run {

        final String subscriber;
        final String channel;
        final String epoch;
        final long start;
        final Entry begin;
        final List<Long> offsets = new ArrayList<>();
        /** The greatest index of a confirmed publication that arrived, by publisher. */
        final Map<String, Integer> indexes = new HashMap<>();

        Run(ChannelView view, Entry begin) {
            this.subscriber = view.subscriber;
            this.channel = view.channel;
            this.epoch = view.epoch;
            this.start = view.start;
            this.begin = begin;
        }
    }
}
