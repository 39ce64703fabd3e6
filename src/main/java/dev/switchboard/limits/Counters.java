package dev.switchboard.limits;

import java.util.Collection;
import java.util.List;
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
 * @param connections the clients that came, by the name of their transport
 * @param errors the errors that clients got, by {@code ClientError.label()}
 * @param recoveries what became of clients that asked for what they missed in a channel with
 *     recovery: "recovered", "failed" for those that came back too late; and "gap" for those that
 *     missed something while they were here
 * @param lostFrames the frames that waited for clients when these ended
 * @param traffic the publications
 * @param commands the commands of clients
 * @param api the calls of the server API
 * @param engine the calls of the engine
 */
public record Counters(
        LabelledCounter disconnects,
        LabelledCounter drops,
        LabelledCounter refusals,
        LabelledCounter authFailures,
        LabelledCounter internalErrors,
        LongAdder lostLines,
        LongAdder lostEvents,
        LongAdder pauses,
        LabelledCounter connections,
        LabelledCounter errors,
        LabelledCounter recoveries,
        LongAdder lostFrames,
        Traffic traffic,
        Calls commands,
        Calls api,
        Calls engine) {

    /** Creates counters that are all zero, without namespaces. */
    public Counters() {
        this(List.of());
    }

    /** Creates counters that are all zero. The namespaces are those of the channel rules. */
    public Counters(Collection<String> namespaces) {
        this(
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LongAdder(),
                new LongAdder(),
                new LongAdder(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LabelledCounter(),
                new LongAdder(),
                new Traffic(namespaces),
                new Calls(),
                new Calls(),
                new Calls());
    }
}
