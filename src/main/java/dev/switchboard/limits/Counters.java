package dev.switchboard.limits;

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
        LabelledCounter disconnects,
        LabelledCounter drops,
        LabelledCounter refusals,
        LabelledCounter authFailures,
        LabelledCounter internalErrors,
        LongAdder lostLines,
        LongAdder lostEvents,
        LongAdder pauses) {

    public Counters() {
        this(
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LongAdder(),
                new LongAdder(),
                new LongAdder());
    }
}
