package dev.switchboard.spi;

import dev.switchboard.limits.Admission;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames to one client.
 *
 * <p>The outbox of the client calls {@code send}, and waits for the completion before it calls
 * {@code send} again. The calls come from any thread, but never two at a time.
 *
 * <p>Containers report the end of a write in different ways: before {@code send} returns, later on
 * any thread, twice, or never. {@code send} can also throw anything. The outbox allows all of
 * these, so a transport only passes on what its container does.
 */
public interface Transport {

    /** Returns the other end of the connection. */
    default Peer peer() {
        return Peer.UNKNOWN;
    }

    /** Returns the place that the handshake took in the admission; null if it took none. */
    default Admission.@Nullable Place place() {
        return null;
    }

    /** Returns the name of the transport, for logs, metrics and hooks. */
    default String name() {
        return "websocket";
    }

    /**
     * Starts to write one frame, and returns without waiting for the network. Only the write of a
     * {@link Frame.Ping} may block; the relay sends pings on a thread that may wait.
     */
    void send(Frame frame, Completion completion);

    /** Returns the largest number of frames that one call of {@code send} takes. */
    default int batchSize() {
        return 1;
    }

    /**
     * Starts to write frames in their order, as {@link #send(Frame, Completion)} does. The relay
     * calls this with two to {@link #batchSize} frames, none of which is a ping.
     */
    default void send(List<Frame> frames, Completion completion) {
        throw new UnsupportedOperationException("this transport takes one frame at a time");
    }

    /**
     * Limits what the kernel buffers, if the container gives access to the connection. The relay
     * calls this when the client subscribes to a {@code latest} channel, also more than once. Does
     * not block.
     */
    default void limitBuffering() {}

    /**
     * Ends the connection. The relay calls this once, possibly during a write. The method may block
     * for seconds, so the calling thread is one that may wait, or the thread that reads from this
     * client.
     *
     * @param lastFrame what the client gets instead of a close frame, if the transport has none;
     *     null for nothing
     */
    void close(Disconnect reason, @Nullable Frame lastFrame);

    /** Receives the end of a write. */
    @FunctionalInterface
    interface Completion {

        /**
         * Says that the write has ended. {@code failure} is null if the container took the frame,
         * which does not mean that the client received it. Any thread.
         */
        void completed(@Nullable Throwable failure);
    }
}
