package dev.switchboard.model;

import dev.switchboard.json.JsonWriter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what a client may do in a channel, and because of what.
 *
 * @param channel the name of the channel
 * @param user the user, empty for none; that of the token if the token is valid
 * @param rule the rule that holds
 * @param rights each right by its name, in the order in which they are read
 * @param options what the channel offers, by the members of the rule
 * @param token what the token comes to; null if there is none
 */
public record Explanation(
        String channel,
        String user,
        Rule rule,
        Map<String, Verdict> rights,
        Map<String, String> options,
        @Nullable Token token) {

    /** The place of a rule. */
    public enum Place {
        /** The rule is under the name of the channel. */
        CHANNEL,
        /** The rule is under the namespace of the channel. */
        NAMESPACE,
        /** The rule is the defaults, because the channel has no namespace. */
        DEFAULTS,
        /** No rule names the namespace; only raw clients can be in the channel, by the defaults. */
        UNKNOWN
    }

    /**
     * A rule.
     *
     * @param name the channel or the namespace; empty for the defaults
     * @param file the file of the rules
     */
    public record Rule(Place place, String name, String file) {

        /** Returns the rule in words, which follow "in" or stand alone. */
        public String words() {
            String quoted = LogText.quote(name);
            return switch (place) {
                case CHANNEL -> "the rule of the channel " + quoted + " in " + file;
                case NAMESPACE -> "the rule of the namespace " + quoted + " in " + file;
                case DEFAULTS -> "the defaults in " + file;
                case UNKNOWN ->
                    "no channel rule names its namespace " + quoted + "; an entry in namespaces of " + file
                            + " makes it known";
            };
        }
    }

    /**
     * What a right comes to.
     *
     * @param because the member of the rule that decides, and what the client lacks
     */
    public record Verdict(boolean allowed, String because) {}

    /**
     * What a token comes to.
     *
     * @param denial what the client gets; null if the token is valid
     * @param text the kind of a valid token and its life, or the reason why it is refused
     */
    public record Token(@Nullable Denial denial, String text) {

        public boolean isValid() {
            return denial == null;
        }
    }

    public String json() {
        JsonWriter json = new JsonWriter().string("channel", channel).string("user", user);
        json.object("rule")
                .string("place", word(rule.place))
                .string("name", rule.name)
                .string("file", rule.file)
                .end();
        if (token != null) {
            json.object("token").json("valid", Boolean.toString(token.isValid()));
            if (token.denial != null) {
                json.number("code", token.denial.code()).string("error", token.denial.text());
            }
            json.string("because", token.text).end();
        }
        json.object("rights");
        rights.forEach((right, verdict) -> json.entry(right)
                .json("allowed", Boolean.toString(verdict.allowed))
                .string("because", verdict.because)
                .end());
        json.end().object("options");
        options.forEach(json::entry);
        return json.end().finish();
    }

    private static String word(Place place) {
        return place.name().toLowerCase(Locale.ROOT);
    }

    /** Returns lines for a terminal. */
    public String text() {
        StringBuilder text = new StringBuilder("channel ")
                .append(LogText.quote(channel))
                .append(user.isEmpty() ? ", no user" : ", user " + LogText.quote(user))
                .append("\nrule: ")
                .append(rule.words());
        if (token != null) {
            text.append("\ntoken: ")
                    .append(token.isValid() ? "valid, " : "refused, ")
                    .append(token.text);
        }
        rights.forEach((right, verdict) -> text.append('\n')
                .append(right)
                .append(verdict.allowed ? ": yes, " : ": no, ")
                .append(verdict.because));
        options.forEach(
                (option, value) -> text.append('\n').append(option).append(": ").append(value));
        return text.toString();
    }
}
