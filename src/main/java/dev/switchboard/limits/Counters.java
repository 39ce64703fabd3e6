package dev.switchboard.limits;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what has happened on this node since it started, for metrics and logs. Any thread.
 *
 * @param disconnects the ended connections, by the code of the relay, or by "client" if the client
 *     ended the connection
 * @param drops the publications that slow clients did not get, by
 *     {@code ChannelOptions.SlowPolicy.label()}
 * @param refusals the refused handshakes, by reason
 * @param authFailures the refused tokens and keys, by reason
 * @param internalErrors the internal errors, by place
 * @param lostLines the log lines that were dropped because the log was too slow
 * @param lostEvents the events that were dropped because an observer of the application was too
 *     slow
 * @param pauses the times in which the whole process stood still
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

    /** Creates counters that are all zero. */
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
