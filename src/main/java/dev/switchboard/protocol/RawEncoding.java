package dev.switchboard.protocol;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.Encoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RawEncoding sends the data of publications and messages, and nothing around it. Raw clients get
 * no other pushes.
 */
class RawEncoding implements Encoding {

    static final RawEncoding INSTANCE = new RawEncoding();

    RawEncoding() {}

    /**
     * Returns the first frames of a client.
     *
     * @param hello the client's id if the client asked for a hello, else null
     * @param greeting the text of a frame, null for none
     * @param withPosition whether there is a frame with the position
     */
    List<Frame> beginning(
            @Nullable String hello, @Nullable String greeting, boolean withPosition, SubscribeResult result) {
        List<Frame> frames = new ArrayList<>();
        if (hello != null) {
            frames.add(Frame.text("{\"hello\":" + content(hello) + "}"));
        }
        if (greeting != null) {
            frames.add(Frame.text(greeting));
        }
        if (withPosition) {
            frames.add(position(result));
        }
        result.publications()
                .forEach(publication -> frames.add(publication.data().frame()));
        return frames;
    }

    /** Returns the frame with the position, whose form the page raw.md promises. */
    private static Frame position(SubscribeResult result) {
        StringBuilder json = new StringBuilder("{");
        if (result.position() != null) {
            json.append("\"position\":");
            JsonText.quote(id(result.position()), json);
            json.append(',');
        }
        return Frame.text(json.append("\"lost\":")
                .append(result.recovery() == Recovery.FAILED)
                .append('}')
                .toString());
    }

    /** Returns the position as an id: epoch, colon and offset. */
    static String id(Position position) {
        return position.epoch() + ":" + Long.toUnsignedString(position.offset());
    }

    /** Returns the JSON of a hello. Client ids need no escapes. */
    static String content(String client) {
        return "{\"client\":\"" + client + "\"}";
    }

    @Override
    public String name() {
        return "raw";
    }

    @Override
    public Frame publication(String channel, Publication publication) {
        return publication.data().frame();
    }

    @Override
    public @Nullable Frame join(String channel, ClientInfo client) {
        return null;
    }

    @Override
    public @Nullable Frame leave(String channel, ClientInfo client) {
        return null;
    }

    @Override
    public @Nullable Frame unsubscribe(String channel, Unsubscribe why) {
        return null;
    }

    @Override
    public @Nullable Frame subscribe(String channel, SubscribeResult subscribed) {
        return null;
    }

    @Override
    public Frame message(Payload data) {
        return data.frame();
    }

    @Override
    public @Nullable Frame refresh(long ttl) {
        return null;
    }

    @Override
    public @Nullable Frame disconnect(Disconnect why) {
        return null;
    }

    @Override
    public Frame ping() {
        return Frame.Ping.INSTANCE;
    }

    @Override
    public int batchSize() {
        return 1;
    }

    @Override
    public Frame batch(List<Frame> frames) {
        throw new UnsupportedOperationException("each message is a frame of its own");
    }
}
