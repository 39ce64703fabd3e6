package dev.switchboard.hooks;

import dev.switchboard.limits.EventLog;
import dev.switchboard.model.LogLine;

/** Warns the operator of faults in the replies to one hook. Any thread. */
final class HookWarnings {

    private static final System.Logger LOG = System.getLogger(HookWarnings.class.getName());

    private final String hook;
    private final EventLog events;

    HookWarnings(String hook, EventLog events) {
        this.hook = hook;
        this.events = events;
    }

    /** Logs the fault. The text must quote nothing of the reply but names and numbers. */
    void warn(String fault) {
        String sentence = "hook=" + hook + ": " + fault;
        events.refused(
                LOG,
                sentence,
                () -> new LogLine("unusable reply")
                        .word("hook", hook)
                        .text("why", fault)
                        .saying(sentence));
    }
}
