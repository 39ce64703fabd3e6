package dev.switchboard.hub;

/**
 * Whether the other side is still there: after a silence it is asked, and any sign from it is an answer.
 *
 * <p>A peer that vanished without closing TCP shows in no other way while nothing is sent to it; nor does, on Payara, one that closed right
 * after the handshake. Pings also keep proxies from cutting a quiet connection.
 */
final class Pulse {

    private enum State {
        /** Something was heard, and the silence since is not too long. */
        LISTENING,
        /** A ping is on its way to the outbox. */
        ASKING,
        /** A ping was written. */
        ASKED
    }

    private final Outbox outbox;
    private final Node node;
    private volatile State state = State.LISTENING;
    private volatile long since;

    Pulse(Outbox outbox, Node node) {
        this.outbox = outbox;
        this.node = node;
        heard();
    }

    void heard() {
        since = node.nanoTime().getAsLong();
        state = State.LISTENING;
    }

    /** True once for each silence: the caller then calls {@link #ask} in the background. */
    boolean isTooQuiet() {
        if (state != State.LISTENING
                || elapsed() <= node.limits().pingInterval().toNanos()) {
            return false;
        }
        state = State.ASKING;
        return true;
    }

    /** Writes the ping, and may block; while the outbox has other things to write the question is put off. */
    void ask() {
        long silentSince = since;
        since = node.nanoTime().getAsLong();
        state = State.ASKED;
        if (!outbox.ping()) {
            since = silentSince;
            state = State.LISTENING;
        }
    }

    boolean isGone() {
        return state == State.ASKED && elapsed() > node.limits().pongTimeout().toNanos();
    }

    private long elapsed() {
        return node.nanoTime().getAsLong() - since;
    }
}
