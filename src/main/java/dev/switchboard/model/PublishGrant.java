package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be published in the place of a client's publication.
 *
 * @param data which may be the client's own
 * @param tags what the application says of it beside the data
 * @param version null for none
 */
public record PublishGrant(
        Payload data,
        Map<String, String> tags,
        PublishOptions manner,
        @Nullable Version version) {

    /** Without a version. */
    public PublishGrant(Payload data, Map<String, String> tags, PublishOptions manner) {
        this(data, tags, manner, null);
    }

    /** Publishes those data and no more. */
    public static PublishGrant to(Payload data) {
        return new PublishGrant(data, Map.of(), PublishOptions.PLAIN);
    }
}
