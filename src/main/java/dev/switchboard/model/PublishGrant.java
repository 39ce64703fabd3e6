package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what the relay publishes in the place of a client's publication.
 *
 * @param data the data, which can be those of the client
 * @param tags what the application says about the publication beside the data
 * @param options how the relay publishes
 * @param version the version of the state that the data hold; null for none
 */
public record PublishGrant(
        Payload data,
        Map<String, String> tags,
        PublishOptions options,
        @Nullable Version version) {

    /** Creates a grant without a version. */
    public PublishGrant(Payload data, Map<String, String> tags, PublishOptions options) {
        this(data, tags, options, null);
    }

    /** Returns the grant that publishes only the data. */
    public static PublishGrant to(Payload data) {
        return new PublishGrant(data, Map.of(), PublishOptions.PLAIN);
    }
}
