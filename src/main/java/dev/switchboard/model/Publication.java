package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds one message in a channel.
 *
 * @param publisher the client that published it; null if the application did
 * @param position the position in the stream; null before the engine stores it, and in a channel
 *     without history
 * @param tags what the application says about the publication beside the data
 * @param sender the sender whose subscriptions do not get the publication; empty for none. No
 *     client sees the sender
 * @param version the version of the state that it holds; null for none. A channel with a history
 *     drops a publication whose version is not newer than the last one
 * @param time the time at which the relay gave the publication to the engine, in milliseconds since
 *     1970; 0 if it is unknown
 */
public record Publication(
        Payload data,
        @Nullable ClientInfo publisher,
        @Nullable Position position,
        Map<String, String> tags,
        String sender,
        @Nullable Version version,
        long time) {

    /** Creates a publication without a version and a time. */
    public Publication(
            Payload data,
            @Nullable ClientInfo publisher,
            @Nullable Position position,
            Map<String, String> tags,
            String sender) {
        this(data, publisher, position, tags, sender, null, 0);
    }

    /** Creates a publication without tags, sender, version and time. */
    public Publication(Payload data, @Nullable ClientInfo publisher, @Nullable Position position) {
        this(data, publisher, position, Map.of(), "");
    }

    /** Returns a publication of the application, without a position and a version. */
    public static Publication ofServer(Payload data, Map<String, String> tags, String sender) {
        return new Publication(data, null, null, Map.copyOf(tags), sender);
    }

    /** Returns the publication with another version; null for none. */
    public Publication withVersion(@Nullable Version newVersion) {
        return new Publication(data, publisher, position, tags, sender, newVersion, time);
    }

    /** Returns the publication at its position in the stream. */
    public Publication at(Position newPosition) {
        return new Publication(data, publisher, newPosition, tags, sender, version, time);
    }

    /** Returns the publication with that time. */
    public Publication withTime(long millis) {
        return new Publication(data, publisher, position, tags, sender, version, millis);
    }

    /** Returns the publication with the data, tags and version that the application grants. */
    public Publication with(PublishGrant grant) {
        return new Publication(
                grant.data(), publisher, position, Map.copyOf(grant.tags()), sender, grant.version(), time);
    }

    /** Returns about the size of the publication in bytes. */
    public int size() {
        int size = data.size() + sender.length() + (publisher == null ? 0 : publisher.size());
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            size += Frame.utf8Size(tag.getKey()) + Frame.utf8Size(tag.getValue());
        }
        return size;
    }
}
