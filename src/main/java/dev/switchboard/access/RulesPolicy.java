package dev.switchboard.access;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Explanation.Verdict;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides the rights of clients by channel rules and tokens.
 *
 * <p>Two kinds of channel names are stronger than any rule. A private channel {@code $…} needs a
 * subscription token, and gives no right to clients outside it. A channel {@code …#42,43} is only
 * for the users that it lists after its last {@code #}.
 */
public final class RulesPolicy implements AccessPolicy {

    private final ChannelRules rules;
    private final Tokens tokens;
    private final Access access;
    private final Verdicts verdicts;

    public RulesPolicy(ChannelRules rules, Tokens tokens, Access access) {
        this.rules = rules;
        this.tokens = tokens;
        this.access = access;
        this.verdicts = new Verdicts(rules, access, this);
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

    /** Returns true if no token can be checked and none is needed, so that no token is refused. */
    private boolean isUnverifiable(boolean haveKey) {
        return access == Access.INSECURE && !haveKey;
    }

    @Override
    public CompletionStage<SubscribeGrant> admit(Identity identity, String client, String channel, String token) {
        if (!isMeantFor(identity, channel)) {
            return denied(identity, channel);
        }
        if (!token.isEmpty() && !isUnverifiable(tokens.haveSubscriptionKey())) {
            return tokens.subscription(token, identity, client, channel);
        }
        boolean allowed = access == Access.INSECURE
                || !isPrivate(channel)
                        && (isUserLimited(channel)
                                || rules.of(channel).subscribe().includes(identity, false));
        return allowed ? CompletableFuture.completedFuture(SubscribeGrant.PLAIN) : denied(identity, channel);
    }

    private CompletionStage<SubscribeGrant> denied(Identity identity, String channel) {
        String because = verdicts.subscribe(identity, channel).because();
        return CompletableFuture.failedFuture(ClientError.PERMISSION_DENIED.because(new Reason("rule", because)));
    }

    @Override
    public boolean isMeantFor(Identity identity, String channel) {
        int users = channel.lastIndexOf('#') + 1;
        return access == Access.INSECURE
                || users == 0
                || !identity.isAnonymous()
                        && Arrays.asList(channel.substring(users).split(",", -1))
                                .contains(identity.user());
    }

    @Override
    public boolean allows(Right right, Identity identity, String channel, boolean subscribed) {
        if (access == Access.INSECURE) {
            return true;
        }
        if (!subscribed && (isPrivate(channel) || !isMeantFor(identity, channel))) {
            return false;
        }
        ChannelRule rule = rules.of(channel);
        return switch (right) {
            case PUBLISH -> rule.publish().includes(identity, subscribed);
            case PUBLISH_BINARY ->
                rule.publish().includes(identity, subscribed) && rule.binary().includes(identity, subscribed);
            case PRESENCE -> rule.presence().includes(identity, subscribed);
            case HISTORY -> rule.history().includes(identity, subscribed);
        };
    }

    @Override
    public Reason refusal(Right right, Identity identity, String channel, boolean subscribed) {
        return new Reason(
                "rule", verdicts.right(right, identity, channel, subscribed).because());
    }

    @Override
    public String rule(String channel) {
        return rules.place(channel).words();
    }

    @Override
    public CompletionStage<Explanation> explain(String user, String channel, String token) {
        Identity named = new Identity(user, null, 0, Map.of());
        return token.isEmpty()
                ? CompletableFuture.completedFuture(explanation(named, channel, null))
                : tokens.examine(token, named, channel).thenApply(seen -> explanation(seen.identity(), channel, seen));
    }

    private Explanation explanation(Identity user, String channel, Tokens.@Nullable Examined seen) {
        Verdict subscribe = verdicts.subscribe(user, channel);
        if (seen != null && seen.admits() && isMeantFor(user, channel)) {
            subscribe = new Verdict(true, "its subscription token is valid");
        }
        return new Explanation(
                channel,
                user.user(),
                rules.place(channel),
                verdicts.all(subscribe, user, channel),
                verdicts.options(channel),
                seen == null ? null : seen.token());
    }

    @Override
    public boolean knows(String channel) {
        return rules.knows(channel);
    }

    @Override
    public @Nullable String namespace(String channel) {
        return rules.ruledNamespace(channel);
    }

    /**
     * Does not ask the application about a subscribe if the name of the channel lists its users.
     */
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

    /** Returns whether the users that the name of the channel lists may subscribe. */
    private boolean isUserLimited(String channel) {
        return channel.indexOf('#') >= 0 && rules.of(channel).userLimited();
    }

    private static boolean isPrivate(String channel) {
        return channel.startsWith(ChannelRules.PRIVATE);
    }
}
