package dev.switchboard.console;

import dev.switchboard.model.LogLine;
import java.time.Instant;

/**
 * Writes what operators do into a log of its own, a JSON object on each line. The log may block, so
 * the caller's thread may too.
 */
public final class Audit {

    /** The name of the log, by which an operator directs it to a file of its own. */
    static final String NAME = "dev.switchboard.audit";

    private static final System.Logger LOG = System.getLogger(NAME);

    /** The outcome of an act that was done. */
    public static final String DONE = "done";

    private Audit() {}

    /**
     * Writes one line.
     *
     * @param whom the client, user, channel or token id that the act concerns; it has no payload
     * @param outcome {@link #DONE}, or the error in words
     */
    public static void write(Operator operator, String act, Whom whom, String outcome) {
        LogLine line = new LogLine("audit")
                .text("who", operator.who())
                .word("address", operator.address())
                .word("act", act)
                .text("channel", whom.channel())
                .text("client", whom.client())
                .text("user", whom.user())
                .text("token", whom.token())
                .text("outcome", outcome);
        LOG.log(System.Logger.Level.INFO, line.json(Instant.now(), "INFO"));
    }

    /**
     * Says what an act concerns; empty texts for what it does not.
     *
     * @param token the id of a token, never the token
     */
    public record Whom(String channel, String client, String user, String token) {

        public static final Whom NOTHING = new Whom("", "", "", "");
    }
}
