package dev.switchboard.embedded;

import dev.switchboard.api.ClientInfo;
import dev.switchboard.api.Event;
import dev.switchboard.api.History;
import dev.switchboard.api.Joined;
import dev.switchboard.api.Left;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Position;
import dev.switchboard.api.Publication;
import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Translates values of the relay into values of the Java API, and back. */
final class Translation {

    private Translation() {}

    /** Returns the type that {@link #event} makes of this event. */
    static Class<? extends Event> type(ChannelEvent event) {
        return event instanceof ChannelEvent.Published
                ? Publication.class
                : event instanceof ChannelEvent.Joined ? Joined.class : Left.class;
    }

    static Event event(ChannelEvent event) {
        if (event instanceof ChannelEvent.Published published) {
            return publication(published.channel(), published.publication());
        }
        if (event instanceof ChannelEvent.Joined joined) {
            return new Joined(joined.channel(), client(joined.client()));
        }
        if (event instanceof ChannelEvent.Left left) {
            return new Left(left.channel(), client(left.client()));
        }
        throw new IllegalStateException(event.toString());
    }

    /** Returns a publication without a publisher. A JSON payload must be checked. */
    static dev.switchboard.model.Publication relayPublication(Payload payload, Map<String, String> tags) {
        return dev.switchboard.model.Publication.ofServer(
                switch (payload.form()) {
                    case JSON -> dev.switchboard.model.Payload.json(payload.text());
                    case TEXT -> dev.switchboard.model.Payload.opaque(Frame.text(payload.text()));
                    case BYTES -> dev.switchboard.model.Payload.opaque(Frame.binary(payload.bytes()));
                },
                tags,
                "");
    }

    static Publication publication(String channel, dev.switchboard.model.Publication publication) {
        dev.switchboard.model.ClientInfo publisher = publication.publisher();
        return new Publication(
                channel,
                payload(publication.data()),
                publisher == null ? null : client(publisher),
                position(publication.position()),
                publication.tags(),
                publication.time() == 0 ? null : Instant.ofEpochMilli(publication.time()));
    }

    private static Payload payload(dev.switchboard.model.Payload data) {
        boolean json = data.form() == dev.switchboard.model.Payload.Form.JSON;
        if (data.frame() instanceof Frame.Text text) {
            return json ? Payload.json(text.text()) : Payload.text(text.text());
        }
        if (data.frame() instanceof Frame.Binary binary) {
            ByteBuffer buffer = binary.bytes().duplicate();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return json ? Payload.json(new String(bytes, StandardCharsets.UTF_8)) : Payload.bytes(bytes);
        }
        throw new IllegalStateException(data.frame().toString());
    }

    static History history(String channel, dev.switchboard.model.History page) {
        return new History(
                page.publications().stream()
                        .map(publication -> publication(channel, publication))
                        .toList(),
                new Position(page.top().epoch(), page.top().offset()));
    }

    static dev.switchboard.model.Position relayPosition(Position position) {
        return new dev.switchboard.model.Position(position.epoch(), position.offset());
    }

    static @Nullable Position position(dev.switchboard.model.@Nullable Position position) {
        return position == null ? null : new Position(position.epoch(), position.offset());
    }

    static ClientInfo client(dev.switchboard.model.ClientInfo client) {
        return new ClientInfo(client.client(), client.user(), client.connInfo(), client.chanInfo());
    }
}
