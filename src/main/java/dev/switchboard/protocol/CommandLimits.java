package dev.switchboard.protocol;

import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Reason;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * CommandLimits counts the commands, the publications and the errors of one client.
 *
 * <p>One thread at a time may count commands and publications. Any thread may count errors.
 */
final class CommandLimits {

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private static final ClientError TOO_MANY_COMMANDS = ClientError.TOO_MANY_REQUESTS.because(
            new Reason("client_commands", "the client sends more commands than switchboard.client.commands allows"));

    private static final ClientError TOO_MANY_PUBLICATIONS = ClientError.TOO_MANY_REQUESTS.because(new Reason(
            "client_publishes", "the client sends more publications than switchboard.client.publishes allows"));

    private final LongSupplier nanoTime;
    private final RateLimit commands;
    private final RateLimit publishes;
    private final int maxErrors;
    private int errors; // guarded by this
    private long errorsSince; // guarded by this

    CommandLimits(Quota quota, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.commands = new RateLimit(quota.commands(), nanoTime.getAsLong());
        this.publishes = new RateLimit(quota.publishes(), nanoTime.getAsLong());
        this.maxErrors = quota.errors();
    }

    /**
     * Counts a command.
     *
     * @throws ClientError if the client sends too many commands
     * @throws Disconnect if the client ignores such errors
     */
    void countCommand() {
        count(commands, TOO_MANY_COMMANDS);
    }

    /** Counts a publication as {@link #countCommand} counts a command. */
    void countPublish() {
        count(publishes, TOO_MANY_PUBLICATIONS);
    }

    private void count(RateLimit limit, ClientError tooMany) {
        if (!limit.take(nanoTime.getAsLong())) {
            throw limit.isIgnored() ? Disconnect.TOO_MANY_REQUESTS : tooMany;
        }
    }

    /**
     * Counts an error that the client gets. Returns true if it is one too many.
     *
     * <p>Some errors come in numbers without a fault of the client, and do not count: temporary
     * errors, refusals by the application, and tokens that have expired.
     */
    boolean isOneTooMany(ClientError error) {
        return !error.isTemporary()
                && !error.isOfApplication()
                && !error.equals(ClientError.TOKEN_EXPIRED)
                && isOneTooMany();
    }

    private synchronized boolean isOneTooMany() {
        long now = nanoTime.getAsLong();
        if (errors == 0 || now - errorsSince > MINUTE) {
            errors = 0;
            errorsSince = now;
        }
        return ++errors > maxErrors;
    }
}
