package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One subscriber in one channel, through all its subscriptions. */
final class Interest {

    final String subscriber;
    final String channel;
    /** Values that were heard; filled for raw channels only. */
    final Set<String> heard = new HashSet<>();

    State state = State.CLOSED;
    long gen;

    @Nullable
    Position asked;
    /** When the subscription began: at its invocation, then at its answer. */
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
    /** Of each publisher in a raw channel, the latest of its confirmed publications that was heard. */
    final Map<String, Integer> indexes = new HashMap<>();

    @Nullable
    Run run;

    Interest(String subscriber, String channel) {
        this.subscriber = subscriber;
        this.channel = channel;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    enum State {
        /** Nothing may be heard. */
        CLOSED,
        /** The relay has not answered. */
        ASKED,
        /** Answered. */
        OPEN
    }

    /** What a subscriber heard of one stream without a break that it was told of: subscriptions of which each recovered from the one before. */
    static final class Run {

        final String subscriber;
        final String channel;
        final String epoch;
        final long start;
        final Entry begin;
        final List<Long> offsets = new ArrayList<>();
        /** Of each publisher, the greatest index of a confirmed publication that was heard. */
        final Map<String, Integer> indexes = new HashMap<>();

        Run(Interest interest, Entry begin) {
            this.subscriber = interest.subscriber;
            this.channel = interest.channel;
            this.epoch = interest.epoch;
            this.start = interest.start;
            this.begin = begin;
        }
    }
}
