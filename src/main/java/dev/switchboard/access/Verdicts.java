package dev.switchboard.access;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.Explanation.Verdict;
import dev.switchboard.model.Identity;
import dev.switchboard.model.LogText;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Says in words why a policy of rules gives or refuses a right. It repeats what the policy decides,
 * and decides nothing. Any thread.
 */
final class Verdicts {

    private static final String PAGE = "; see channel-rules.md";

    private final ChannelRules rules;
    private final Access access;
    private final AccessPolicy policy;

    Verdicts(ChannelRules rules, Access access, AccessPolicy policy) {
        this.rules = rules;
        this.access = access;
        this.policy = policy;
    }

    /** Explains a subscription without a token. */
    Verdict subscribe(Identity user, String channel) {
        if (access == Access.INSECURE) {
            return insecure();
        }
        if (!policy.isMeantFor(user, channel)) {
            return notMeant(channel);
        }
        if (channel.startsWith(ChannelRules.PRIVATE)) {
            return new Verdict(false, "a channel whose name begins with $ needs a subscription token" + PAGE);
        }
        ChannelRule rule = rules.of(channel);
        if (rule.userLimited() && channel.indexOf('#') >= 0) {
            return new Verdict(
                    true, "allow_user_limited_channels is true in " + where(channel) + ", and its name lists the user");
        }
        Verdict verdict = member("subscribe", rule.subscribe(), user, false, channel);
        boolean asks = rule.options().questions().contains(Question.SUBSCRIBE);
        return verdict.allowed() && asks
                ? new Verdict(true, verdict.because() + "; then the application is asked, by ask in the same rule")
                : verdict;
    }

    /** Explains {@link AccessPolicy#allows}. */
    Verdict right(Right right, Identity user, String channel, boolean subscribed) {
        if (access == Access.INSECURE) {
            return insecure();
        }
        if (!subscribed && channel.startsWith(ChannelRules.PRIVATE)) {
            return new Verdict(false, "a channel whose name begins with $ gives no right to clients outside it" + PAGE);
        }
        if (!subscribed && !policy.isMeantFor(user, channel)) {
            return notMeant(channel);
        }
        ChannelRule rule = rules.of(channel);
        return switch (right) {
            case PUBLISH -> member("publish", rule.publish(), user, subscribed, channel);
            case PUBLISH_BINARY -> {
                Verdict publish = member("publish", rule.publish(), user, subscribed, channel);
                yield publish.allowed() ? member("binary", rule.binary(), user, subscribed, channel) : publish;
            }
            case PRESENCE -> member("presence", rule.presence(), user, subscribed, channel);
            case HISTORY -> member("history", rule.history(), user, subscribed, channel);
        };
    }

    private static Verdict insecure() {
        return new Verdict(true, "switchboard.insecure=true gives every right");
    }

    private static Verdict notMeant(String channel) {
        return new Verdict(
                false,
                "its name lists after its last # the users that may be in it: "
                        + LogText.quote(channel.substring(channel.lastIndexOf('#') + 1)) + PAGE);
    }

    private Verdict member(String name, Grantee grantee, Identity user, boolean subscribed, String channel) {
        String because = name + " is " + grantee.words() + " in " + where(channel);
        boolean allowed = grantee.includes(user, subscribed);
        return new Verdict(allowed, allowed ? because : because + ", and " + grantee.lacking(user, subscribed) + PAGE);
    }

    private String where(String channel) {
        return rules.knows(channel)
                ? rules.place(channel).words()
                : "the defaults in " + rules.file()
                        + ", which hold for raw clients alone because no rule names the namespace";
    }

    /** Returns all rights of a client that is in the channel if it may be. */
    Map<String, Verdict> all(Verdict subscribe, Identity user, String channel) {
        Map<String, Verdict> all = new LinkedHashMap<>();
        all.put("subscribe", subscribe);
        for (Right right : Right.values()) {
            all.put(right.name().toLowerCase(Locale.ROOT), right(right, user, channel, subscribe.allowed()));
        }
        return all;
    }

    /** Returns what the channel offers. */
    Map<String, String> options(String channel) {
        ChannelOptions options = policy.options(channel);
        Map<String, String> all = new LinkedHashMap<>();
        all.put("keep_presence", Boolean.toString(options.presence()));
        all.put("history_size", Integer.toString(options.retention().size()));
        all.put("history_ttl", options.retention().ttl().toSeconds() + "s");
        all.put("join_leave", word(options.joinLeave()));
        all.put("recovery", word(options.recovery()));
        all.put("positioning", word(options.positioning()));
        all.put("slow", options.slow().label());
        return all;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
