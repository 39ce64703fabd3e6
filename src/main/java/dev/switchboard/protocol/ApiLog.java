package dev.switchboard.protocol;

import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.LogText;
import java.util.concurrent.Executor;

/**
 * ApiLog tells the operator why the relay refused a call of the server API. The answer has no room
 * for the reason, because libraries compare its text. Any thread may call it.
 */
final class ApiLog {

    private static final System.Logger LOG = System.getLogger(ApiLog.class.getName());

    /** The limit keeps an application whose calls all fail from filling the disk. */
    private static final int LINES_PER_SECOND = 10;

    private final Executor journal;
    private final RateLimit lines = new RateLimit(LINES_PER_SECOND, System.nanoTime()); // guarded by itself

    ApiLog(Executor journal) {
        this.journal = journal;
    }

    /**
     * Logs a refusal that has a detail, up to the limit. The method and the channel may be any
     * text. The line leaves out an empty channel.
     */
    void refused(String method, String channel, ClientError error) {
        if (!error.detail().isEmpty() && isAllowed()) {
            journal.execute(() -> LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "api call refused: method=" + LogText.quote(method)
                            + (channel.isEmpty() ? "" : " channel=" + LogText.quote(channel)) + " code=" + error.code()
                            + " why=" + LogText.quote(error.detail())));
        }
    }

    private boolean isAllowed() {
        synchronized (lines) {
            return lines.take(System.nanoTime());
        }
    }
}
