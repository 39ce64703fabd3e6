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
 * How a protocol says what nobody asked for; one instance serves all clients that speak it, so that they share the frames.
 *
 * <p>All methods are memory only and may be called under a lock. Null means that the protocol has no word for it.
 */
public interface Encoding {

    /** The word for the protocol. */
    String name();

    /** Null if this protocol cannot carry the payload: the client is to be disconnected. */
    @Nullable
    Frame publication(String channel, Publication publication);

    @Nullable
    Frame join(String channel, ClientInfo who);

    @Nullable
    Frame leave(String channel, ClientInfo who);

    @Nullable
    Frame unsubscribe(String channel, Unsubscribe why);

    /** The server has subscribed the client. */
    @Nullable
    Frame subscribe(String channel, SubscribeResult subscribed);

    /** Something for this client alone. */
    @Nullable
    Frame message(Payload data);

    /** The connection now holds for so many seconds; 0 for ever. */
    @Nullable
    Frame refresh(long ttl);

    /** The last word of a connection that has no close frame. */
    @Nullable
    Frame disconnect(Disconnect why);

    /** Asks for a sign of life. */
    Frame ping();

    /** How many frames that wait may leave as one. */
    int batchSize();

    /** The frames, at least two and none of them a control frame, as one; only called where {@link #batchSize} is above 1. */
    Frame batch(List<Frame> frames);
}
