package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.json.JsonObject;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Identity;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Reason;
import dev.switchboard.spi.AccessPolicy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings, the channel rules and the keys as the relay does at its start, and names what
 * is wrong. It opens no port. The launcher finds this class by its name.
 */
public final class SettingsCheck implements Callable<Integer> {

    /** The channel rules that the WAR has. */
    static final String RULES = "WEB-INF/rules.json";

    private static final int VALID = 0;
    private static final int REFUSED = 1;
    private static final int UNUSABLE = 2;

    /** The seconds that an endpoint with keys may take to answer. */
    private static final int TIMEOUT_SECONDS = 10;

    private final String token;
    private final Function<String, @Nullable URL> pages;
    private final Map<String, String> parameters;

    /**
     * Checks {@code token}, or the settings alone if it is empty. {@code pages} returns the files
     * of the WAR by their paths, which begin without a slash.
     */
    public SettingsCheck(String token, Function<String, @Nullable URL> pages) {
        this(token, pages, Map.of());
    }

    SettingsCheck(String token, Function<String, @Nullable URL> pages, Map<String, String> parameters) {
        this.token = token;
        this.pages = pages;
        this.parameters = parameters;
    }

    /** Returns the exit code, which is 0 if all is valid. */
    @Override
    public Integer call() throws Exception {
        Relay relay;
        try {
            Settings settings = Settings.read(parameters);
            ChannelRules rules = RulesFile.read(
                    settings.rules(), settings.messageBytes(), Objects.requireNonNull(pages.apply(RULES)));
            settings.hooks().require(rules.questions());
            relay = new Relay(settings, rules);
        } catch (IllegalArgumentException wrong) {
            System.err.println("switchboard: " + wrong.getMessage());
            return token.isEmpty() ? REFUSED : UNUSABLE;
        }
        try {
            if (token.isEmpty()) {
                System.out.println("valid: the settings, the channel rules and the keys");
                return VALID;
            }
            return checkToken(relay);
        } finally {
            relay.stop();
        }
    }

    private int checkToken(Relay relay) throws Exception {
        AccessPolicy access = relay.access();
        String channel = claim("channel");
        if (!access.knows(channel)) {
            System.out.println("refused: unknown_channel, no channel rule names its namespace");
            return REFUSED;
        }
        Identity user = new Identity(claim(relay.settings().access().userClaim()), null, 0, Map.of());
        CompletionStage<String> valid = channel.isEmpty()
                ? access.identify(null, token)
                        .thenApply(subject -> "a connection token for " + of(subject) + until(subject.ttl()))
                : access.admit(user, claim("client"), channel, token)
                        .thenApply(grant -> "a subscription token for " + of(user) + " in channel "
                                + LogText.quote(channel) + until(grant.ttl()));
        String verdict = valid.handle((text, failure) -> failure == null ? "valid: " + text : refusal(failure))
                .toCompletableFuture()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        System.out.println(verdict);
        return verdict.startsWith("valid") ? VALID : REFUSED;
    }

    private static String of(Identity user) {
        return user.isAnonymous() ? "no user" : "user " + LogText.quote(user.user());
    }

    private static String until(long ttl) {
        return ttl == 0 ? ", without an end" : ", for " + ttl + " s";
    }

    private static String refusal(Throwable failure) {
        Throwable cause = Failure.cause(failure);
        Reason why = Reason.of(cause);
        return "refused: " + (why.kind().isEmpty() ? cause.getMessage() : why.kind() + ", " + why.text());
    }

    /** Returns a claim before the token is verified; empty if there is none. */
    private String claim(String name) {
        String[] parts = token.split("\\.", -1);
        try {
            byte[] claims = Base64.getUrlDecoder().decode(parts.length == 3 ? parts[1] : "");
            return JsonObject.of(new String(claims, StandardCharsets.UTF_8)).text(name);
        } catch (IllegalArgumentException malformed) { // the policy reports it
            return "";
        }
    }
}
