package dev.switchboard.protocol;

import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.LogText;
import java.util.concurrent.Executor;

/**
 * Tells the operator why a call of the server API is refused. The answer cannot say so, because
 * libraries compare its words. Any thread.
 */
final class ApiLog {

    private static final System.Logger LOG = System.getLogger(ApiLog.class.getName());

    /** Keeps an application whose calls all fail from filling the disk. */
    private static final int LINES_PER_SECOND = 10;

    private final Executor journal;
    private final RateLimit lines = new RateLimit(LINES_PER_SECOND, System.nanoTime()); // guarded by itself

    ApiLog(Executor journal) {
        this.journal = journal;
    }

    /**
     * Logs a refusal that has a detail. The method and the channel are foreign text; an empty
     * channel is left out.
     */
    void refused(String method, String channel, ClientError error) {
        if (!error.detail().isEmpty() && mayTell()) {
            journal.execute(() -> LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "api call refused: method=" + LogText.quote(method)
                            + (channel.isEmpty() ? "" : " channel=" + LogText.quote(channel)) + " code=" + error.code()
                            + " why=" + LogText.quote(error.detail())));
        }
    }

    private boolean mayTell() {
        synchronized (lines) {
            return lines.take(System.nanoTime());
        }
    }
}
