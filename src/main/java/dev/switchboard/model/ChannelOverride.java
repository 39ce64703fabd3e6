package dev.switchboard.model;

import dev.switchboard.model.ChannelOptions.Offer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a grant says about one subscription in place of its channel rule; null is what the rule says.
 *
 * @param presence whether others see the client in the channel
 * @param joinLeave whether others are told that it comes and goes
 * @param forcePushJoinLeave whether it is told who comes and goes, without asking
 * @param forceRecovery whether it may catch up, without asking
 * @param forcePositioning whether holes are found for it, without asking
 */
public record ChannelOverride(
        @Nullable Boolean presence,
        @Nullable Boolean joinLeave,
        @Nullable Boolean forcePushJoinLeave,
        @Nullable Boolean forceRecovery,
        @Nullable Boolean forcePositioning) {

    /** What the channel rule says. */
    public static final ChannelOverride NONE = of(member -> null);

    /** Asks for each member by its name in JSON, where its value is {@code {"value":true}}. */
    public static ChannelOverride of(Function<String, @Nullable Boolean> member) {
        return new ChannelOverride(
                member.apply("presence"),
                member.apply("join_leave"),
                member.apply("force_push_join_leave"),
                member.apply("force_recovery"),
                member.apply("force_positioning"));
    }

    /** Returns what the channel offers this subscription; who hears joins is {@link #pushed}. */
    public ChannelOptions applied(ChannelOptions ruled) {
        return new ChannelOptions(
                ruled.retention(),
                presence == null ? ruled.presence() : presence,
                announced(ruled.joinLeave()),
                forced(forceRecovery, ruled.recovery()),
                ruled.recoveryMode(),
                ruled.slow(),
                ruled.questions(),
                forced(forcePositioning, ruled.positioning()));
    }

    private Offer announced(Offer ruled) {
        if (joinLeave == null) {
            return ruled;
        }
        Offer announced = ruled == Offer.OFF ? Offer.ON_REQUEST : ruled;
        return joinLeave ? announced : Offer.OFF;
    }

    /** Returns whether the subscription hears joins and leaves, from what the rule says. */
    public Offer pushed(Offer ruled) {
        return forced(forcePushJoinLeave, ruled);
    }

    /** Force that is taken away leaves what a client may ask for. */
    private static Offer forced(@Nullable Boolean force, Offer ruled) {
        if (force == null) {
            return ruled;
        }
        Offer unforced = ruled == Offer.FORCED ? Offer.ON_REQUEST : ruled;
        return force ? Offer.FORCED : unforced;
    }

    public boolean forbidsRecovery() {
        return Boolean.FALSE.equals(forceRecovery);
    }
}
