package dev.switchboard.console;

import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Witness.Subject;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Traces what happens in one channel, to one client or to the clients of one user, for one
 * operator.
 *
 * <p>Any thread offers events, also under a lock: that is memory only, and the listener gets them on
 * another thread. Of more than a hundred events in a second it gets the number of the others.
 */
final class Watch {

    /** What is watched. */
    enum Target {
        CHANNEL,
        CLIENT,
        USER
    }

    private static final int EVENTS_PER_SECOND = 100;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Maximum bytes of data that an event shows. */
    private static final int MAX_DATA = 4_096;

    private final Target target;
    private final String name;
    private final boolean payloads;
    private final Listener listener;
    private final Executor executor;
    private final LongSupplier nanoTime;

    // All fields below are guarded by this.
    private final Queue<String> waiting = new ArrayDeque<>();
    private boolean passing;
    private long second;
    private int events;
    private long skipped;

    /** {@code executor} runs short tasks, and {@code payloads} says whether events show data. */
    Watch(Target target, String name, boolean payloads, Listener listener, Executor executor, LongSupplier nanoTime) {
        this.target = target;
        this.name = name;
        this.payloads = payloads;
        this.listener = listener;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.second = nanoTime.getAsLong();
    }

    boolean isFor(Listener other) {
        return listener == other;
    }

    Listener listener() {
        return listener;
    }

    boolean isOfClients() {
        return target != Target.CHANNEL;
    }

    /** Returns whether an event of the client in the channel, which may be empty, is watched. */
    boolean covers(@Nullable Subject client, String channel) {
        return switch (target) {
            case CHANNEL -> name.equals(channel);
            case CLIENT -> client != null && name.equals(client.client());
            case USER -> client != null && name.equals(client.user());
        };
    }

    /** Offers an event; {@code client} is null for the application, {@code publication} for none. */
    void offer(
            String event,
            @Nullable Subject client,
            String channel,
            @Nullable Publication publication,
            int clients,
            int code,
            String text) {
        if (!hasRoom()) {
            return;
        }
        JsonWriter json = new JsonWriter().json("at", now()).string("event", event);
        if (client != null) {
            json.string("client", client.client()).stringIfAny("user", client.user());
        }
        json.stringIfAny("channel", channel);
        if (clients > 0) {
            json.number("clients", clients);
        }
        if (publication != null) {
            json.number("size", publication.data().size());
            if (payloads) {
                addData(publication, json);
            }
        }
        if (code > 0) {
            json.number("code", code);
        }
        pass(json.stringIfAny("message", text).finish());
    }

    private static String now() {
        return Sampler.decimal(System.currentTimeMillis() / 1_000.0);
    }

    /** Adds the data as text, or in base64 if they are no text; cut, and that is said. */
    static void addData(Publication publication, JsonWriter json) {
        String text = publication.data().frame().text();
        if (text == null) {
            ByteBuffer bytes = publication.data().frame() instanceof Frame.Binary binary
                    ? binary.bytes().duplicate()
                    : ByteBuffer.allocate(0);
            byte[] copy = new byte[Math.min(MAX_DATA, bytes.remaining())];
            bytes.get(copy);
            json.string("b64data", Base64.getEncoder().encodeToString(copy)).flag("cut", bytes.hasRemaining());
        } else {
            int end = Math.min(MAX_DATA, text.length());
            end -= end < text.length() && Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
            json.string("data", text.substring(0, end)).flag("cut", end < text.length());
        }
    }

    /** Counts an event. Returns false for one that is skipped. */
    private synchronized boolean hasRoom() {
        turn();
        if (events < EVENTS_PER_SECOND) {
            events++;
            return true;
        }
        skipped++;
        return false;
    }

    /** Says how many events were skipped in a second that is over. Called about once a second. */
    void tick() {
        synchronized (this) {
            turn();
            if (waiting.isEmpty()) {
                return;
            }
        }
        schedule();
    }

    /** Begins a new second if the last one is over. The lock is held. */
    private void turn() {
        long now = nanoTime.getAsLong();
        if (now - second < SECOND) {
            return;
        }
        second = now;
        events = 0;
        if (skipped > 0) {
            waiting.add(new JsonWriter()
                    .json("at", now())
                    .string("event", "skipped")
                    .number("count", skipped)
                    .finish());
            skipped = 0;
        }
    }

    private void pass(String line) {
        synchronized (this) {
            waiting.add(line);
        }
        schedule();
    }

    private void schedule() {
        synchronized (this) {
            if (passing) {
                return;
            }
            passing = true;
        }
        executor.execute(this::passAll);
    }

    private void passAll() {
        while (true) {
            String line;
            synchronized (this) {
                line = waiting.poll();
                if (line == null) {
                    passing = false;
                    return;
                }
            }
            listener.event("", "", line);
        }
    }
}
