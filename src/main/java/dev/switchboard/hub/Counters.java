package dev.switchboard.hub;

import java.util.concurrent.atomic.LongAdder;

/**
 * What has happened on this node since it started, for whoever watches it.
 *
 * @param disconnects by code of ours, else "client"
 * @param drops publications that a slow client was spared, by the rule's word for it
 * @param refusals of handshakes, by reason
 * @param authFailures by reason
 * @param internalErrors by where
 * @param lostLines of the log, which could not keep up
 * @param lostEvents which an observer of the application was too slow for
 * @param pauses during which the whole process stood still
 */
public record Counters(
        Tally disconnects,
        Tally drops,
        Tally refusals,
        Tally authFailures,
        Tally internalErrors,
        LongAdder lostLines,
        LongAdder lostEvents,
        LongAdder pauses) {

    public Counters() {
        this(
                new Tally(),
                new Tally(),
                new Tally(),
                new Tally(),
                new Tally(),
                new LongAdder(),
                new LongAdder(),
                new LongAdder());
    }
}
