package dev.switchboard.hub;

import dev.switchboard.hub.ChannelOptions.Offer;
import dev.switchboard.hub.ChannelOptions.RecoveryMode;
import dev.switchboard.hub.ChannelOptions.Retention;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Everybody may do everything, unless a test says otherwise; a token is the name of its user. */
public final class OpenAccess implements AccessPolicy {

    /** A hundred publications, presence, and whatever a client asks for. */
    public static final ChannelOptions EVERYTHING = new ChannelOptions(
            new Retention(100, Duration.ofMinutes(5)), true, Offer.ON_REQUEST, Offer.ON_REQUEST, RecoveryMode.STREAM);

    private final Map<String, ChannelOptions> options = new HashMap<>();
    private final Map<String, Identity> identities = new HashMap<>();

    public OpenAccess with(String channel, ChannelOptions offered) {
        options.put(channel, offered);
        return this;
    }

    public OpenAccess with(String token, Identity identity) {
        identities.put(token, identity);
        return this;
    }

    @Override
    public CompletionStage<Identity> identify(String token) {
        return CompletableFuture.completedStage(identities.getOrDefault(token, new Identity(token, null, 0, Map.of())));
    }

    @Override
    public CompletionStage<Grant> admit(Identity who, String channel, String token) {
        return CompletableFuture.completedStage(Grant.PLAIN);
    }

    @Override
    public boolean allows(Right right, Identity who, String channel, boolean subscribed) {
        return true;
    }

    @Override
    public boolean knows(String channel) {
        return true;
    }

    @Override
    public ChannelOptions options(String channel) {
        return options.getOrDefault(channel, ChannelOptions.PLAIN);
    }
}
