package dev.switchboard.hub;

import dev.switchboard.model.Denial;
import dev.switchboard.spi.Transport;
import dev.switchboard.spi.Witness;
import dev.switchboard.spi.Witness.Subject;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Footprint keeps what one client has done, and tells it to the {@link Witness}. Any thread. */
final class Footprint {

    private final Witness witness;
    private final Transport transport;
    private final Instant since = Instant.now();
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private volatile Subject subject;
    private volatile ClientState.@Nullable Fault lastError;

    Footprint(String client, Transport transport, Witness witness) {
        this.witness = witness;
        this.transport = transport;
        this.subject = new Subject(client, "", transport.peer().address());
    }

    Instant since() {
        return since;
    }

    Subject subject() {
        return subject;
    }

    /** Notes a message that the client has sent. One thread at a time brings them. */
    void received(int size) {
        messages.lazySet(messages.getPlain() + 1);
        bytes.lazySet(bytes.getPlain() + size);
    }

    ClientState.Volume received() {
        return new ClientState.Volume(messages.get(), bytes.get());
    }

    ClientState.@Nullable Fault lastError() {
        return lastError;
    }

    void connected(String user) {
        subject = new Subject(subject.client(), user, transport.peer().address());
        witness.connected(subject);
    }

    void subscribed(String channel) {
        witness.subscribed(subject, channel);
    }

    void unsubscribed(String channel) {
        witness.unsubscribed(subject, channel);
    }

    void refused(String channel, Denial why) {
        lastError = new ClientState.Fault(why, Instant.now());
        witness.refused(subject, channel, why);
    }

    void ended(int code, String reason) {
        witness.disconnected(subject, code, reason);
    }
}
