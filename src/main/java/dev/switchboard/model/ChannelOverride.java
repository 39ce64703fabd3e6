package dev.switchboard.model;

import dev.switchboard.model.ChannelOptions.Offer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Replaces parts of the channel rule for one subscription. For a component that is null, the rule
 * holds.
 *
 * @param presence whether other clients see this client in the channel
 * @param joinLeave whether other clients get the join and the leave of this client
 * @param forcePushJoinLeave whether this client gets joins and leaves without asking for them
 * @param forceRecovery whether this client can recover without asking for it
 * @param forcePositioning whether this client gets a position without asking for it
 */
public record ChannelOverride(
        @Nullable Boolean presence,
        @Nullable Boolean joinLeave,
        @Nullable Boolean forcePushJoinLeave,
        @Nullable Boolean forceRecovery,
        @Nullable Boolean forcePositioning) {

    /** Leaves all to the channel rule. */
    public static final ChannelOverride NONE = of(member -> null);

    /**
     * Returns the override that {@code member} describes. {@code member} gets the name that each
     * component has in JSON, and returns null if the channel rule holds for the component.
     */
    public static ChannelOverride of(Function<String, @Nullable Boolean> member) {
        return new ChannelOverride(
                member.apply("presence"),
                member.apply("join_leave"),
                member.apply("force_push_join_leave"),
                member.apply("force_recovery"),
                member.apply("force_positioning"));
    }

    /**
     * Returns what the channel offers the subscription. Here {@code joinLeave} says whether other
     * clients get its join and its leave; {@link #pushed} says whether it gets theirs.
     */
    public ChannelOptions applied(ChannelOptions ruled) {
        return ruled.withPresence(presence == null ? ruled.presence() : presence)
                .withJoinLeave(announced(ruled.joinLeave()))
                .withRecovery(forced(forceRecovery, ruled.recovery()))
                .withPositioning(forced(forcePositioning, ruled.positioning()));
    }

    private Offer announced(Offer ruled) {
        if (joinLeave == null) {
            return ruled;
        }
        Offer announced = ruled == Offer.OFF ? Offer.ON_REQUEST : ruled;
        return joinLeave ? announced : Offer.OFF;
    }

    /**
     * Returns whether the subscription gets joins and leaves; {@code ruled} is the channel rule.
     */
    public Offer pushed(Offer ruled) {
        return forced(forcePushJoinLeave, ruled);
    }

    /** Returns the offer with or without force. Without force, a client can still ask for it. */
    private static Offer forced(@Nullable Boolean force, Offer ruled) {
        if (force == null) {
            return ruled;
        }
        Offer unforced = ruled == Offer.FORCED ? Offer.ON_REQUEST : ruled;
        return force ? Offer.FORCED : unforced;
    }

    /** Returns whether the subscription must not recover, even if the client asks for it. */
    public boolean forbidsRecovery() {
        return Boolean.FALSE.equals(forceRecovery);
    }
}
