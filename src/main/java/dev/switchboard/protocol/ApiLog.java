package dev.switchboard.protocol;

import dev.switchboard.limits.EventLog;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.LogLine;

/**
 * ApiLog tells the operator why the relay refused a call of the server API. The answer has no room
 * for the reason, because libraries compare its text. Any thread may call it.
 */
final class ApiLog {

    private static final System.Logger LOG = System.getLogger(ApiLog.class.getName());

    private final EventLog events;

    ApiLog(EventLog events) {
        this.events = events;
    }

    /**
     * Logs a refusal. The method and the channel may be any text. The line leaves out an empty
     * channel.
     */
    void refused(String method, String channel, ClientError error) {
        String known = ApiMethods.BY_NAME.containsKey(method) ? method : "";
        events.refused(
                LOG,
                "api " + known + " " + error.code() + " " + error.why().kind(),
                () -> new LogLine("api call refused:")
                        .always("method", method)
                        .text("channel", channel)
                        .denial(error));
    }
}
