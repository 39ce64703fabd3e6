package dev.switchboard.access;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides by channel rules and tokens which client may do what.
 *
 * <p>Two kinds of names say more than any rule. A channel {@code $…} needs a subscription token, and gives nothing to those outside. A
 * channel {@code …#42,43} is for these users alone: what counts is the text after the last {@code #}.
 */
public final class RulesPolicy implements AccessPolicy {

    private final ChannelRules rules;
    private final Tokens tokens;
    private final Access access;

    public RulesPolicy(ChannelRules rules, Tokens tokens, Access access) {
        this.rules = rules;
        this.tokens = tokens;
        this.access = access;
    }

    @Override
    public boolean isStranger(@Nullable Identity login, String token) {
        return (login == null || access == Access.TOKEN) && token.isEmpty();
    }

    @Override
    public CompletionStage<Identity> identify(@Nullable Identity login, String token) {
        if (login != null && access != Access.TOKEN) {
            return CompletableFuture.completedFuture(login);
        }
        if (token.isEmpty() || isUnverifiable(tokens.haveConnectionKey())) {
            return access == Access.TOKEN || access == Access.LOGIN
                    ? tokens.missing()
                    : CompletableFuture.completedFuture(Identity.ANONYMOUS);
        }
        return tokens.connection(token);
    }

    /** Returns true if no token can be checked and none is needed, so that none is refused. */
    private boolean isUnverifiable(boolean haveKey) {
        return access == Access.INSECURE && !haveKey;
    }

    @Override
    public CompletionStage<SubscribeGrant> admit(Identity who, String client, String channel, String token) {
        if (!isMeantFor(who, channel)) {
            return CompletableFuture.failedFuture(ClientError.PERMISSION_DENIED);
        }
        if (!token.isEmpty() && !isUnverifiable(tokens.haveSubscriptionKey())) {
            return tokens.subscription(token, who, client, channel);
        }
        boolean allowed = access == Access.INSECURE
                || !isPrivate(channel)
                        && (isUserLimited(channel)
                                || rules.of(channel).subscribe().includes(who, false));
        return allowed
                ? CompletableFuture.completedFuture(SubscribeGrant.PLAIN)
                : CompletableFuture.failedFuture(ClientError.PERMISSION_DENIED);
    }

    @Override
    public boolean isMeantFor(Identity who, String channel) {
        int users = channel.lastIndexOf('#') + 1;
        return access == Access.INSECURE
                || users == 0
                || !who.isAnonymous()
                        && Arrays.asList(channel.substring(users).split(",", -1))
                                .contains(who.user());
    }

    @Override
    public boolean allows(Right right, Identity who, String channel, boolean subscribed) {
        if (access == Access.INSECURE) {
            return true;
        }
        if (!subscribed && (isPrivate(channel) || !isMeantFor(who, channel))) {
            return false;
        }
        ChannelRule rule = rules.of(channel);
        return switch (right) {
            case PUBLISH -> rule.publish().includes(who, subscribed);
            case PUBLISH_BINARY ->
                rule.publish().includes(who, subscribed) && rule.binary().includes(who, subscribed);
            case PRESENCE -> rule.presence().includes(who, subscribed);
            case HISTORY -> rule.history().includes(who, subscribed);
        };
    }

    @Override
    public boolean knows(String channel) {
        return rules.knows(channel);
    }

    /** The application is not asked who may subscribe where the name of the channel says it. */
    @Override
    public ChannelOptions options(String channel) {
        ChannelOptions options = rules.of(channel).options();
        if (!options.questions().contains(Question.SUBSCRIBE) || !isUserLimited(channel)) {
            return options;
        }
        return options.asking(options.questions().stream()
                .filter(question -> question != Question.SUBSCRIBE)
                .collect(Collectors.toUnmodifiableSet()));
    }

    /** Returns whether the rule lets those users into the channel whom its name lists. */
    private boolean isUserLimited(String channel) {
        return channel.indexOf('#') >= 0 && rules.of(channel).userLimited();
    }

    private static boolean isPrivate(String channel) {
        return channel.startsWith(ChannelRules.PRIVATE);
    }
}
