package dev.switchboard.spi;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.Unsubscribe;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes what the relay sends to a client without a command of the client.
 *
 * <p>One instance serves all clients of a protocol, so that they share the frames. Several threads
 * call the methods at a time, also under a lock: a method works in memory only, and does not throw.
 * A method returns null if the protocol cannot say it; the client then gets nothing.
 */
public interface Encoding {

    /** Returns the name of the protocol with its format, for logs, metrics and hooks. */
    String name();

    /**
     * Returns the frame of a publication. Returns null if the protocol cannot carry the payload;
     * the relay then disconnects the client.
     */
    @Nullable
    Frame publication(String channel, Publication publication);

    /** Says that a client came to the channel. */
    @Nullable
    Frame join(String channel, ClientInfo client);

    /** Says that a client left the channel. */
    @Nullable
    Frame leave(String channel, ClientInfo client);

    /** Says that the relay has taken the client out of the channel. */
    @Nullable
    Frame unsubscribe(String channel, Unsubscribe reason);

    /** Says that the server has subscribed the client to the channel. */
    @Nullable
    Frame subscribe(String channel, SubscribeResult result);

    /** Returns the frame of data that the application sends to this client alone. */
    @Nullable
    Frame message(Payload data);

    /** Says that the connection expires after {@code ttl} seconds; 0 for never. */
    @Nullable
    Frame refresh(long ttl);

    /** Says why the relay ends the connection, for transports that have no close frame. */
    @Nullable
    Frame disconnect(Disconnect reason);

    /**
     * Returns the frame that asks the client for an answer, to find out whether it is there. Never
     * null.
     */
    Frame ping();

    /**
     * Returns the largest number of queued frames that {@link #batch} joins; 1 if it joins none.
     */
    int batchSize();

    /**
     * Joins frames to one frame, in their order. The relay calls this with two to
     * {@link #batchSize} frames, none of which is a control frame.
     */
    Frame batch(List<Frame> frames);
}
