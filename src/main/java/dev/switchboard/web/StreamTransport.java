package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sends frames in an HTTP response that does not end. */
final class StreamTransport implements Transport {

    /** The time that a client has to read the last word. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final HandshakePrincipal principal;
    private final StreamFormat format;
    private final ResponseConnection connection;
    private final ResponseWriter writer;
    private final SessionBinding binding = new SessionBinding();

    /**
     * The caller is the thread by which the container dispatches the request. {@code writers} is as
     * in {@link ResponseWriter}, {@code connection} is the connection of the request.
     */
    StreamTransport(
            AsyncContext context,
            HandshakePrincipal principal,
            StreamFormat format,
            Executor writers,
            ResponseConnection connection)
            throws IOException {
        this.principal = principal;
        this.format = format;
        this.connection = connection;
        this.writer = new ResponseWriter(context, writers, this::lost);
    }

    /** Connects the client by {@code connect}. {@link #start} follows. */
    Client open(Function<Transport, Client> connect) {
        return binding.open(principal, this, connect);
    }

    /** Begins the response. Frames wait until then. */
    void start() {
        writer.start(response -> {
            format.head(response);
            connection.watch(() -> writer.fail(new IOException("the client has closed the connection")));
        });
    }

    private void lost(Throwable failure) {
        binding.lost();
        principal.releasePlace(); // also if no client was connected
    }

    @Override
    public String name() {
        return format.transport();
    }

    @Override
    public Peer peer() {
        return principal.peer();
    }

    @Override
    public @Nullable Place place() {
        return principal.place();
    }

    @Override
    public void limitBuffering() {
        connection.limitBuffering();
    }

    @Override
    public void send(Frame frame, Completion completion) {
        writer.write(format.bytes(frame), frame instanceof Frame.Ping ? alive(completion) : completion);
    }

    /** Counts a ping that could be written as a sign of life, because no client answers it. */
    private Completion alive(Completion completion) {
        return failure -> {
            if (failure == null) {
                binding.pong();
            }
            completion.completed(failure);
        };
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        writer.end(word == null ? null : format.bytes(word), format.instead(why));
        writer.awaitEnd(FAREWELL);
        binding.leave();
    }
}
