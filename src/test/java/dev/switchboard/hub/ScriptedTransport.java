package dev.switchboard.hub;

import dev.switchboard.limits.Admission;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A transport that behaves as a test says: it completes a send inline, later, twice or never, or
 * throws.
 *
 * <p>It records violations: a second send before the first has completed, and a send within a send.
 */
public final class ScriptedTransport implements Transport {

    /** The behaviour of {@code send}. */
    public interface Script extends BiConsumer<Frame, Completion> {}

    private final List<String> sent = new ArrayList<>();
    private final Deque<Completion> pending = new ArrayDeque<>();
    private final List<Disconnect> closes = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private volatile Script script;
    private Peer peer = Peer.UNKNOWN;
    private Admission.@Nullable Place place;
    private boolean limited;
    private int inFlight;
    private int depth;
    private int maxDepth;
    private @Nullable Thread sender;

    private ScriptedTransport(Script script) {
        this.script = script;
    }

    /** Returns a transport that completes before send returns, as Undertow does. */
    public static ScriptedTransport inline() {
        return new ScriptedTransport((frame, completion) -> completion.completed(null));
    }

    /** Returns a transport that completes when the test calls {@link #complete}. */
    public static ScriptedTransport late() {
        return new ScriptedTransport((frame, completion) -> {});
    }

    public static ScriptedTransport scripted(Script script) {
        return new ScriptedTransport(script);
    }

    /** Sets the peer; without a call it is {@link Peer#UNKNOWN}. */
    public ScriptedTransport from(Peer other) {
        peer = other;
        return this;
    }

    @Override
    public void limitBuffering() {
        limited = true;
    }

    public boolean isLimited() {
        return limited;
    }

    /** Sets the place that the handshake took. */
    public ScriptedTransport at(Admission.Place taken) {
        place = taken;
        return this;
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public Admission.@Nullable Place place() {
        return place;
    }

    public void follow(Script next) {
        script = next;
    }

    @Override
    public void send(Frame frame, Completion completion) {
        Once once = new Once(completion);
        synchronized (this) {
            if (inFlight > 0) {
                violations.add("second send in flight");
            }
            inFlight++;
            depth = Thread.currentThread().equals(sender) ? depth + 1 : 1;
            sender = Thread.currentThread();
            maxDepth = Math.max(maxDepth, depth);
            sent.add(text(frame));
            pending.add(once);
        }
        try {
            script.accept(frame, once);
        } finally {
            synchronized (this) {
                depth--;
                if (depth == 0) {
                    sender = null;
                }
            }
        }
    }

    /** A completion that counts once and passes each call on. */
    private final class Once implements Completion {
        private final Completion target;
        private boolean done;

        Once(Completion target) {
            this.target = target;
        }

        @Override
        public void completed(@Nullable Throwable failure) {
            synchronized (ScriptedTransport.this) {
                pending.remove(this);
                if (!done) {
                    done = true;
                    inFlight--;
                }
            }
            target.completed(failure);
        }
    }

    static String text(Frame frame) {
        return frame instanceof Frame.Text text
                ? text.text()
                : frame instanceof Frame.Binary ? frame.size() + " bytes" : "ping";
    }

    @Override
    public synchronized void close(Disconnect why, @Nullable Frame word) {
        closes.add(why);
    }

    /** Completes the oldest open send. Returns its completion, so that a test can call it again. */
    public Completion complete() {
        return complete(null);
    }

    Completion complete(@Nullable Throwable failure) {
        Completion oldest;
        synchronized (this) {
            oldest = pending.getFirst();
        }
        oldest.completed(failure);
        return oldest;
    }

    synchronized Completion oldestPending() {
        return pending.getFirst();
    }

    public synchronized List<String> sent() {
        return List.copyOf(sent);
    }

    public synchronized List<Disconnect> closes() {
        return List.copyOf(closes);
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    synchronized int maxDepth() {
        return maxDepth;
    }
}
