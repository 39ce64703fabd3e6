package dev.switchboard.hub;

/**
 * Asks after a silence, by a WebSocket ping, and takes any sign for an answer.
 *
 * <p>A peer that vanished without closing TCP shows in no other way while nothing is sent to it; nor does, on Payara, one that closed right
 * after the handshake. Pings also keep proxies from cutting a quiet connection.
 */
final class IdleHeartbeat implements Heartbeat {

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

    IdleHeartbeat(Outbox outbox, Node node) {
        this.outbox = outbox;
        this.node = node;
        heard();
    }

    @Override
    public void start() {}

    @Override
    public void heard() {
        since = node.uptime().getAsLong();
        state = State.LISTENING;
    }

    /** Nothing of the protocol's own: {@link #heard} was called as well. */
    @Override
    public void answered() {}

    @Override
    public void beat() {
        if (state == State.LISTENING && elapsed() > node.limits().pingInterval().toNanos()) {
            state = State.ASKING;
            node.background().execute(this::ask);
        }
    }

    /** Writes the ping, and may block; while the outbox has other things to write the question is put off. */
    private void ask() {
        long silentSince = since;
        since = node.uptime().getAsLong();
        state = State.ASKED;
        if (!outbox.ping()) {
            since = silentSince;
            state = State.LISTENING;
        }
    }

    @Override
    public boolean isGone() {
        return state == State.ASKED && elapsed() > node.limits().pongTimeout().toNanos();
    }

    private long elapsed() {
        return node.uptime().getAsLong() - since;
    }
}
