package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message in a channel.
 *
 * @param publisher the client it came from, null if it came from the server's side
 * @param position its place in the stream, null in a channel without history
 * @param tags what the application says of it beside the data
 * @param sender clients that subscribed as this sender do not get it; empty for none. No client is told
 * @param version a channel with a history drops a publication that has no newer version than its last; null for none
 */
public record Publication(
        Payload data,
        @Nullable ClientInfo publisher,
        @Nullable Position position,
        Map<String, String> tags,
        String sender,
        @Nullable Version version) {

    /** Without a version. */
    public Publication(
            Payload data,
            @Nullable ClientInfo publisher,
            @Nullable Position position,
            Map<String, String> tags,
            String sender) {
        this(data, publisher, position, tags, sender, null);
    }

    /** Without tags and sender. */
    public Publication(Payload data, @Nullable ClientInfo publisher, @Nullable Position position) {
        this(data, publisher, position, Map.of(), "");
    }

    /** From the server's side. */
    public static Publication ofServer(Payload data, Map<String, String> tags, String sender) {
        return new Publication(data, null, null, Map.copyOf(tags), sender);
    }

    /** The same message with a version. */
    public Publication of(@Nullable Version state) {
        return new Publication(data, publisher, position, tags, sender, state);
    }

    /** The same message in its place in the stream. */
    public Publication at(Position place) {
        return new Publication(data, publisher, place, tags, sender, version);
    }

    /** What the application has published in its place. */
    public Publication with(PublishGrant agreed) {
        return new Publication(agreed.data(), publisher, position, Map.copyOf(agreed.tags()), sender, agreed.version());
    }

    /** What it holds, about, in bytes. */
    public int size() {
        int size = data.size() + sender.length() + (publisher == null ? 0 : publisher.size());
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            size += Frame.utf8Size(tag.getKey()) + Frame.utf8Size(tag.getValue());
        }
        return size;
    }
}
