package dev.switchboard.hub;

/**
 * IdleHeartbeat asks a silent client by a WebSocket ping, and accepts any bytes as an answer.
 *
 * <p>Without pings the relay does not notice a client that vanished without closing TCP, while
 * nothing is sent to it. On Payara the same holds for a client that closed right after the
 * handshake. Pings also keep proxies from closing a quiet connection.
 */
final class IdleHeartbeat implements Heartbeat {

    private enum State {
        /** No ping is under way. */
        LISTENING,
        /** A background thread is about to write a ping. */
        ASKING,
        /** A ping was written, and nothing came since. */
        ASKED
    }

    private final Outbox outbox;
    private final Node node;
    private volatile State state = State.LISTENING;
    /** The time of the last sign of life or of the ping, in nanoseconds of the node's uptime. */
    private volatile long since;

    IdleHeartbeat(Outbox outbox, Node node) {
        this.outbox = outbox;
        this.node = node;
        received();
    }

    @Override
    public void start() {}

    @Override
    public void received() {
        since = node.uptime().getAsLong();
        state = State.LISTENING;
    }

    /** Does nothing, because {@link #received} was called for the same bytes. */
    @Override
    public void answered() {}

    @Override
    public void beat() {
        if (state == State.LISTENING && elapsed() > node.limits().pingInterval().toNanos()) {
            state = State.ASKING;
            node.background().execute(this::ask);
        }
    }

    /**
     * Writes the ping, and may block. If the outbox has other frames to write, puts the ping off.
     */
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
