package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.Hosts;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.model.ClientError;
import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Names the reason of a refused handshake. All but the first two reasons are temporary. */
enum Refusal implements HandshakeFilter.Admitted {
    HOST(421, "This server does not go by that name. The setting switchboard.hosts says which names it has."),
    ORIGIN(
            HttpServletResponse.SC_FORBIDDEN,
            "This Origin may not connect. The setting switchboard.origins allows others than the server's own."),
    DRAINING("This server is about to stop.", 5, 30),
    CONNECTIONS("This server has as many connections as it may.", 5, 30),
    ADDRESS("Too many connections come from this address.", 5, 30),
    WAITING("Too many connections have yet to say who they are.", 5, 30),
    MEMORY("Too much waits for those who are here.", 5, 30),
    RATE("Connections come too fast.", 1, 3);

    private final int status;
    private final String text;
    private final int earliest;
    private final int latest;

    Refusal(int status, String text) {
        this.status = status;
        this.text = text;
        this.earliest = 0;
        this.latest = 0;
    }

    /** Takes the limits of a random delay, in seconds, after which a client may try again. */
    Refusal(String text, int earliest, int latest) {
        this.status = HttpServletResponse.SC_SERVICE_UNAVAILABLE;
        this.text = text;
        this.earliest = earliest;
        this.latest = latest;
    }

    static Refusal of(Admission.Refusal reason) {
        return valueOf(reason.name());
    }

    /** Counts and logs this refusal, and returns it. */
    Refusal reported(Visit visit, Relay relay) {
        relay.counters().refusals().count(label());
        visit.refused(this, relay);
        return this;
    }

    /** Returns which setting allows what is refused here, or what else helps. */
    String cure(Visit visit, Settings settings) {
        NodeLimits limits = settings.capacity();
        return switch (this) {
            case HOST ->
                "switchboard.hosts=" + Visit.plain(Hosts.name(visit.host()))
                        + " allows it; with switchboard.access=open a page of any other name could speak through its visitors";
            case ORIGIN ->
                visit.origins().isEmpty()
                        ? "a page of another site needs fetch or EventSource, which send its origin, and then switchboard.origins"
                        : "switchboard.origins=" + visit.origin() + " allows it";
            case DRAINING -> "the server is about to stop";
            case CONNECTIONS -> "switchboard.connections=" + limits.connections() + " are here";
            case ADDRESS ->
                "switchboard.connections.address=" + limits.connectionsOfAddress()
                        + " of this address are here; behind a proxy, switchboard.proxies must name it";
            case WAITING ->
                "switchboard.connections.waiting=" + limits.waiting()
                        + " clients have yet to send their connect command";
            case MEMORY -> "switchboard.outbox.total=" + limits.outboxBytes() + " bytes wait for slow clients";
            case RATE -> "more than switchboard.handshakes=" + limits.handshakes() + " came in a second";
        };
    }

    /** Returns the label of this reason in metrics. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    HttpError error() {
        return latest == 0
                ? new HttpError(status, ClientError.PERMISSION_DENIED.code(), text)
                : new HttpError(
                        status,
                        ClientError.INTERNAL.code(),
                        text,
                        ThreadLocalRandom.current().nextInt(earliest, latest + 1));
    }

    /** Returns an event stream that says when to reconnect. The reason is a temporary one. */
    String retryEvent() {
        return RawProtocol.retry(Duration.ofSeconds(earliest), Duration.ofSeconds(latest));
    }

    void answer(HttpServletResponse response) throws IOException {
        error().head(response);
        HandshakeFilter.secure(response);
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().println(text);
    }
}
