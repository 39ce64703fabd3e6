package dev.switchboard.access;

import dev.switchboard.access.Grantee.Group;
import dev.switchboard.model.ChannelOptions;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rights and the options of a channel.
 *
 * @param greeting text for each raw client that subscribes, null for none
 * @param subscribe clients that may subscribe; {@code SUBSCRIBER} admits no client here
 * @param publish clients that may publish
 * @param binary clients that may publish data that is not JSON, if they may publish
 * @param presence clients that may read the presence
 * @param history clients that may read the history
 * @param userLimited whether the users that the name of the channel lists after {@code #} may
 *     subscribe, whatever {@code subscribe} says
 */
public record ChannelRule(
        @Nullable String greeting,
        Grantee subscribe,
        Grantee publish,
        Grantee binary,
        Grantee presence,
        Grantee history,
        boolean userLimited,
        ChannelOptions options) {

    /** The rule of a channel for which the operator gives none. */
    public static final ChannelRule PLAIN = new ChannelRule(
            null,
            Group.ANYONE,
            Group.SUBSCRIBER,
            Group.NOBODY,
            Group.SUBSCRIBER,
            Group.SUBSCRIBER,
            ChannelOptions.PLAIN);

    /** A list of users in the name of the channel admits no user. */
    public ChannelRule(
            @Nullable String greeting,
            Grantee subscribe,
            Grantee publish,
            Grantee binary,
            Grantee presence,
            Grantee history,
            ChannelOptions options) {
        this(greeting, subscribe, publish, binary, presence, history, false, options);
    }

    /** Returns the grantees of all rights. */
    Stream<Grantee> grantees() {
        return Stream.of(subscribe, publish, binary, presence, history);
    }

    /** Returns the plain rule with a greeting. */
    public static ChannelRule greeting(@Nullable String text) {
        return new ChannelRule(
                text, PLAIN.subscribe, PLAIN.publish, PLAIN.binary, PLAIN.presence, PLAIN.history, PLAIN.options);
    }
}
