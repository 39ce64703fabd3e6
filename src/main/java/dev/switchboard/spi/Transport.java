package dev.switchboard.spi;

import dev.switchboard.hub.Outbox;
import dev.switchboard.limits.Admission;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way out to one client.
 *
 * <p>The relay calls {@link #send} for one frame at a time and waits for its completion before the next. Containers differ in when
 * they complete: before {@code send} returns, later on any thread, twice, or never; {@code send} may also throw. The {@link Outbox} copes
 * with all of these, so an implementation only passes on what its container does.
 */
public interface Transport {

    /** Returns the other end of the connection. */
    default Peer peer() {
        return Peer.UNKNOWN;
    }

    /** Returns the place that the handshake took; null if it took none. */
    default Admission.@Nullable Place place() {
        return null;
    }

    /** The word for it. */
    default String name() {
        return "websocket";
    }

    /**
     * Starts writing one frame and returns without waiting for the network; only a {@link Frame.Ping} may block, and it comes from the
     * background.
     */
    void send(Frame frame, Completion completion);

    /** How many frames it takes at a time. */
    default int batchSize() {
        return 1;
    }

    /** As {@link #send(Frame, Completion)}, for at least two frames that leave in their order, and none of them a ping; only where {@link #batchSize} allows it. */
    default void send(List<Frame> frames, Completion completion) {
        throw new UnsupportedOperationException("one frame at a time");
    }

    /**
     * Limits what the kernel buffers, if the container gives access to the connection. Called when
     * the client subscribes to a {@code latest} channel, perhaps more than once. Does not block.
     */
    default void limitBuffering() {}

    /**
     * Ends the connection; may block for seconds, so it is called from the background or by the thread that reads this client, once, possibly
     * while a send is in flight. {@code word} is how the client's protocol says so where there is no close frame, null if it has no word for
     * it.
     */
    void close(Disconnect why, @Nullable Frame word);

    /** Hears how a send ended. */
    @FunctionalInterface
    interface Completion {

        /** {@code failure} is null when the container took the frame; that is no receipt of the client's. */
        void completed(@Nullable Throwable failure);
    }
}
