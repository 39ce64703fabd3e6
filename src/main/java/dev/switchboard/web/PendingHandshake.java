package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.spi.Transport;
import jakarta.websocket.CloseReason;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the place of a handshake, and its raw client, until the session is open.
 *
 * <p>If a client breaks its connection before the handshake is answered, a container may open no
 * session and report nothing. So a session that does not open in time is given up. Any thread.
 */
final class PendingHandshake {

    private static final System.Logger LOG = System.getLogger(PendingHandshake.class.getName());

    /** The longest time between the end of the filter chain and the opening of the session. */
    private static final Duration OPEN_TIMEOUT = Duration.ofMillis(600);

    private enum State {
        /** The filter chain is at work. */
        IN_FILTERS,
        /** The filter chain has returned. */
        ANSWERED,
        /** The session is open, and the place belongs to its client. */
        OPEN,
        /** The place is given back. */
        OVER
    }

    private final Place place;
    private final LongSupplier nanoTime;

    // all guarded by this
    private State state = State.IN_FILTERS;
    private long answeredAt;
    private @Nullable HeldTransport held;
    private @Nullable OpeningThread opening; // null if the container needs no help
    private @Nullable LateAnswer answer; // null if the container sends the answer in time
    private @Nullable Client client; // null if the client is connected when its session opens

    PendingHandshake(Place place, LongSupplier nanoTime) {
        this.place = place;
        this.nanoTime = nanoTime;
    }

    Place place() {
        return place;
    }

    /**
     * Connects the client before the handshake is answered. Frames for it wait in
     * {@code transport}.
     */
    void connect(HeldTransport transport, Function<Transport, Client> connect) {
        Client connected = connect.apply(transport);
        synchronized (this) {
            client = connected;
            held = transport;
        }
    }

    /** Frees the thread if it does not get as far as the session. */
    synchronized void openedBy(OpeningThread thread) {
        opening = thread;
    }

    /** Notes the answer that {@link #sendAnswer} sends. */
    synchronized void holdBack(LateAnswer late) {
        answer = late;
    }

    /** Sends the answer if it was held back. For the thread that opens the session. */
    void sendAnswer() {
        LateAnswer late;
        synchronized (this) {
            late = answer;
            answer = null;
        }
        if (late != null) {
            try {
                late.send();
            } catch (IOException gone) {
                LOG.log(System.Logger.Level.DEBUG, "a client left before its handshake was answered", gone);
            }
        }
    }

    /** Notes the end of the filter chain. {@code upgraded} says whether a session will open. */
    void answered(boolean upgraded) {
        synchronized (this) {
            if (state != State.IN_FILTERS) {
                return;
            }
            state = State.ANSWERED;
            answeredAt = nanoTime.getAsLong();
        }
        if (!upgraded) {
            giveUp();
        }
    }

    /** Gives up a session that does not open in time. Returns true when nothing is left to do. */
    boolean isSettled() {
        OpeningThread thread;
        synchronized (this) {
            thread = state == State.ANSWERED ? opening : null;
        }
        if (thread != null) {
            thread.free();
        }
        synchronized (this) {
            if (state == State.ANSWERED && nanoTime.getAsLong() - answeredAt <= OPEN_TIMEOUT.toNanos()
                    || state == State.IN_FILTERS) {
                return false;
            }
        }
        giveUp();
        return true;
    }

    private void giveUp() {
        if (ends(Set.of(State.IN_FILTERS, State.ANSWERED))) {
            release();
        }
    }

    /** Ends the client of a session whose opening has failed. */
    void fail() {
        if (ends(Set.of(State.OPEN))) {
            release();
        }
    }

    /** If the state is one of these, sets it to over and returns true. */
    private synchronized boolean ends(Set<State> from) {
        boolean over = from.contains(state);
        state = over ? State.OVER : state;
        opening = over ? null : opening;
        return over;
    }

    private void release() {
        Client gone;
        synchronized (this) {
            gone = client;
            forget();
        }
        if (gone != null) {
            gone.closed(CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode(), "no session came of the handshake");
        }
        place.leave();
    }

    /** Opens the session. Returns false if the place has been given back. */
    synchronized boolean open() {
        if (state == State.OVER) {
            return false;
        }
        state = State.OPEN;
        opening = null;
        return true;
    }

    /**
     * Forgets the client, which has its session now. Containers keep the principal of a handshake,
     * and with it this object, longer than the session.
     */
    synchronized void forget() {
        client = null;
        held = null;
    }

    /**
     * Returns the client that is connected already, and moves it to {@code transport}; null if
     * there is none. {@code background} runs what may block.
     */
    @Nullable
    Client client(Transport transport, Executor background) {
        HeldTransport waiting;
        Client early;
        synchronized (this) {
            waiting = held;
            early = client;
        }
        if (waiting != null) {
            waiting.open(transport, background);
        }
        return early;
    }
}
