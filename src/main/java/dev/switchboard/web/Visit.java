package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.model.LogLine;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Reason;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the log may say about a request that is refused. It has no query, which can hold a token.
 *
 * @param address the address of the client, empty if it is unknown
 * @param origins the Origin headers
 * @param host the Host header, empty for none
 */
record Visit(String method, String path, String address, List<String> origins, String host) {

    private static final System.Logger LOG = System.getLogger(Visit.class.getName());

    /** Text that needs no quotes in a line for people. */
    private static final Pattern PLAIN = Pattern.compile("[!#-~]{1,256}");

    static Visit of(HttpServletRequest request, Relay relay) {
        String address = relay.settings()
                .proxies()
                .client(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-For")));
        return new Visit(
                request.getMethod(),
                withoutParameters(request.getRequestURI()),
                address,
                Collections.list(request.getHeaders("Origin")),
                Objects.requireNonNullElse(request.getHeader("Host"), ""));
    }

    /** Leaves out parameters of the path, because a container can put the id of a session there. */
    private static String withoutParameters(@Nullable String path) {
        return String.valueOf(path).replaceAll(";[^/]*", "");
    }

    /** Returns a handshake that no filter has seen. */
    static Visit handshake(@Nullable String path, List<String> origins, @Nullable String host) {
        return new Visit("GET", withoutParameters(path), "", origins, Objects.requireNonNullElse(host, ""));
    }

    /** Logs the answer to this request. */
    void refused(HttpError error, Relay relay) {
        Reason why = error.why();
        relay.events()
                .refused(
                        LOG,
                        "request " + error.status() + " " + why.kind(),
                        () -> line("request refused:")
                                .number("status", error.status())
                                .number("code", error.code())
                                .text("why", why.text()));
    }

    /** Logs that the request got no place, or comes from where none may come. */
    void refused(Refusal refusal, Relay relay) {
        relay.events().refused(LOG, "handshake " + refusal.label(), () -> {
            String cure = refusal.cure(this, relay.settings());
            return line("handshake refused:")
                    .text("why", cure)
                    .saying("refused " + subject(refusal) + " on " + plain(path)
                            + (address.isEmpty() ? "" : " from " + address) + "; " + cure);
        });
    }

    private String subject(Refusal refusal) {
        return switch (refusal) {
            case ORIGIN -> origins.isEmpty() ? "a page of another site" : "origin " + origin();
            case HOST -> "host " + plain(host);
            default -> "a client";
        };
    }

    /** Returns the origin as a setting or a line for people can hold it. */
    String origin() {
        return plain(String.join(", ", origins));
    }

    static String plain(String text) {
        return PLAIN.matcher(text).matches() ? text : LogText.quote(text);
    }

    private LogLine line(String event) {
        return new LogLine(event)
                .word("method", method)
                .text("path", path)
                .word("address", address)
                .text("origin", String.join(", ", origins))
                .text("host", host);
    }
}
