package dev.switchboard.history;

import jakarta.json.JsonObject;

/** Publishes one publication after another, each after the reply to the one before. */
final class Publisher extends WorkloadClient {

    private static final int INTERNAL = 100;

    private long n;
    private boolean busy;

    Publisher(String name, Target target, Journal journal) {
        super(name, target, journal);
    }

    synchronized boolean isIdle() {
        return !busy;
    }

    /** Does nothing without a connection, or while it waits for a reply. */
    synchronized void publish(String channel, int chars) {
        if (busy || !isConnected()) {
            return;
        }
        busy = true;
        long number = ++n;
        journal.record(new Event.PubInvoke(name, number, channel, null));
        ask(
                "publish",
                JsonText.object().add("channel", channel).add("data", Payload.of(Event.value(name, number), chars)),
                answer -> answered(number, answer));
    }

    private void answered(long number, JsonObject answer) {
        int error = error(answer);
        busy = false;
        if (error == 0) {
            journal.record(new Event.PubOk(name, number, 0, ""));
        } else if (error == INTERNAL) {
            journal.record(new Event.PubInfo(name, number, "error 100"));
        } else {
            journal.record(new Event.PubFail(name, number, error));
        }
    }

    @Override
    void lost() {
        if (busy) {
            busy = false;
            journal.record(new Event.PubInfo(name, n, "connection lost"));
        }
    }
}
