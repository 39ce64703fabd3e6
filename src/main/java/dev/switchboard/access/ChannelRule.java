package dev.switchboard.access;

import dev.switchboard.access.Grantee.Group;
import dev.switchboard.model.ChannelOptions;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a channel: what it offers, and who may do what in it.
 *
 * @param greeting sent to each raw client that joins, null for none
 * @param subscribe who may be in it, which subscribers alone cannot be
 * @param binary who may publish bytes that are not JSON, of those who may publish
 * @param presence who may ask who is in it
 * @param userLimited whether users whom the name of the channel lists behind {@code #} may be in it, whatever {@code subscribe} says
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

    /** What holds where no rule says otherwise. */
    public static final ChannelRule PLAIN = new ChannelRule(
            null,
            Group.ANYONE,
            Group.SUBSCRIBER,
            Group.NOBODY,
            Group.SUBSCRIBER,
            Group.SUBSCRIBER,
            ChannelOptions.PLAIN);

    /** Of channels into which a list of users in the name lets nobody. */
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

    /** All to whom it gives a right. */
    Stream<Grantee> everybody() {
        return Stream.of(subscribe, publish, binary, presence, history);
    }

    public static ChannelRule greeting(@Nullable String text) {
        return new ChannelRule(
                text, PLAIN.subscribe, PLAIN.publish, PLAIN.binary, PLAIN.presence, PLAIN.history, PLAIN.options);
    }
}
