package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A policy that allows everything unless a test denies it; a token is the name of its user. */
public final class OpenAccess implements AccessPolicy {

    /** A history of a hundred publications, presence, and all that a client may ask for. */
    public static final ChannelOptions EVERYTHING = ChannelOptions.PLAIN
            .with(new Retention(100, Duration.ofMinutes(5)))
            .withPresence(true)
            .withJoinLeave(Offer.ON_REQUEST)
            .withRecovery(Offer.ON_REQUEST);

    private final Map<String, ChannelOptions> options = new HashMap<>();
    private final Map<String, Identity> identities = new HashMap<>();
    private final Map<String, SubscribeGrant> grants = new HashMap<>();

    private final Set<String> unknown = new HashSet<>();
    private final Set<Right> denied = EnumSet.noneOf(Right.class);
    private @Nullable RuntimeException refusal;
    private CompletableFuture<@Nullable Void> late = CompletableFuture.completedFuture(null);

    public OpenAccess with(String channel, ChannelOptions offered) {
        options.put(channel, offered);
        return this;
    }

    public OpenAccess with(String token, Identity identity) {
        identities.put(token, identity);
        return this;
    }

    public OpenAccess with(String token, SubscribeGrant grant) {
        grants.put(token, grant);
        return this;
    }

    /** Makes the channel one whose namespace no rule names. */
    public void forget(String channel) {
        unknown.add(channel);
    }

    public void deny(Right right) {
        denied.add(right);
    }

    public void allowAll() {
        denied.clear();
        refusal = null;
    }

    /** Refuses clients without a token from now on, with this reason. */
    public void refuse(RuntimeException reason) {
        refusal = reason;
    }

    /** Delays identities from now on until {@link #answer}. */
    public void answerLater() {
        late = new CompletableFuture<>();
    }

    public void answer() {
        late.complete(null);
    }

    @Override
    public boolean isStranger(@Nullable Identity login, String token) {
        return login == null && token.isEmpty();
    }

    @Override
    public CompletionStage<Identity> identify(@Nullable Identity login, String token) {
        if (refusal != null && token.isEmpty()) {
            return CompletableFuture.failedStage(refusal);
        }
        return late.thenApply(answered -> identities.getOrDefault(token, new Identity(token, null, 0, Map.of())));
    }

    @Override
    public CompletionStage<SubscribeGrant> admit(Identity who, String client, String channel, String token) {
        return refusal != null && token.isEmpty()
                ? CompletableFuture.failedStage(refusal)
                : CompletableFuture.completedStage(grants.getOrDefault(token, SubscribeGrant.PLAIN));
    }

    @Override
    public boolean allows(Right right, Identity who, String channel, boolean subscribed) {
        return !denied.contains(right);
    }

    @Override
    public boolean knows(String channel) {
        return !unknown.contains(channel);
    }

    /** Returns the text before the first colon, null if there is none. */
    @Override
    public @Nullable String namespace(String channel) {
        return channel.contains(":") ? channel.substring(0, channel.indexOf(':')) : null;
    }

    @Override
    public ChannelOptions options(String channel) {
        return options.getOrDefault(channel, ChannelOptions.PLAIN);
    }
}
