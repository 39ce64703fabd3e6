package dev.switchboard.hooks;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Maps statuses of a reply to the error or the disconnect that the client gets. */
public final class Statuses {

    /** The default of the setting. */
    public static final String DEFAULT = "401 101,403 103,404 104";

    private static final Pattern ENTRY = Pattern.compile("([1345]\\d\\d) (\\d{3,4})(?: +(.+))?");

    /** The errors of the protocol, which have a text for their code. */
    private static final Map<Integer, ClientError> KNOWN = Map.ofEntries(
            known(ClientError.INTERNAL),
            known(ClientError.UNAUTHORIZED),
            known(ClientError.UNKNOWN_CHANNEL),
            known(ClientError.PERMISSION_DENIED),
            known(ClientError.METHOD_NOT_FOUND),
            known(ClientError.ALREADY_SUBSCRIBED),
            known(ClientError.LIMIT_EXCEEDED),
            known(ClientError.BAD_REQUEST),
            known(ClientError.NOT_AVAILABLE),
            known(ClientError.TOKEN_EXPIRED),
            known(ClientError.EXPIRED),
            known(ClientError.TOO_MANY_REQUESTS),
            known(ClientError.UNRECOVERABLE_POSITION));

    private final Map<Integer, RuntimeException> refusals;

    private Statuses(Map<Integer, RuntimeException> refusals) {
        this.refusals = Map.copyOf(refusals);
    }

    private static Map.Entry<Integer, ClientError> known(ClientError error) {
        return Map.entry(error.code(), error);
    }

    /**
     * Reads entries such as {@code 403 103} or {@code 402 4501 unpaid}.
     *
     * @throws IllegalArgumentException that says what is wrong
     */
    public static Statuses of(List<String> entries) {
        Map<Integer, RuntimeException> refusals = new HashMap<>();
        for (String entry : entries) {
            Matcher parts = ENTRY.matcher(entry);
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "must be statuses that are none of success, each with a code and possibly a text, such as"
                                + " 403 103,402 4501 unpaid");
            }
            int status = Integer.parseInt(parts.group(1));
            if (refusals.put(status, refusal(Integer.parseInt(parts.group(2)), parts.group(3))) != null) {
                throw new IllegalArgumentException("names " + status + " twice");
            }
        }
        return new Statuses(refusals);
    }

    private static RuntimeException refusal(int code, @Nullable String text) {
        if (Disconnect.isCodeOfApplication(code)) {
            return Disconnect.ofApplication(code, text == null ? HookReplies.DISCONNECTED : text);
        }
        if (!ClientError.isCodeOfApplication(code)) {
            throw new IllegalArgumentException("the code " + code + " is none from 100 to 1999 or from 3000 to 4999");
        }
        ClientError known = KNOWN.get(code);
        String message = text != null ? text : known != null ? known.text() : "refused by the application";
        return known != null && known.isTemporary()
                ? ClientError.temporaryOfApplication(code, message)
                : ClientError.ofApplication(code, message);
    }

    /**
     * Returns a {@link ClientError} or a {@link Disconnect}; null if the status does not refuse.
     */
    @Nullable
    RuntimeException refusal(int status) {
        return refusals.get(status);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Statuses that && texts().equals(that.texts());
    }

    @Override
    public int hashCode() {
        return texts().hashCode();
    }

    private Map<Integer, String> texts() {
        Map<Integer, String> texts = new HashMap<>();
        refusals.forEach((status, refusal) -> texts.put(status, String.valueOf(refusal.getMessage())));
        return texts;
    }
}
