package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Reason;
import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Serves raw forwarding without WebSocket at the paths of {@link RawUrl}. GET subscribes by server-sent
 * events, POST publishes one message.
 */
final class RawServlet extends StreamingServlet {

    private static final System.Logger LOG = System.getLogger(RawServlet.class.getName());

    /** The type that curl sends by default. Its body is published as it is. */
    private static final String FORM = "application/x-www-form-urlencoded";

    RawServlet(HandshakeFilter filter, RequestBodyReader bodies) {
        super(filter, bodies);
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (RawUrl.isUnsafe(request.getRequestURI())) {
            refuse(RawUrl.OTHER_PATH, request, response);
            return;
        }
        String path = request.getPathInfo();
        if (path != null && (path.length() < 2 || path.indexOf('/', 1) >= 0)) {
            refuse(RawUrl.NO_CHANNEL, request, response);
            return;
        }
        Map<String, List<String>> all = Query.parameters(request.getQueryString());
        HttpError fault = all == null ? MALFORMED : RawUrl.fault(path != null, all);
        String channel = fault == null ? channel(request, Objects.requireNonNull(all)) : null;
        if (channel == null) {
            refuse(fault == null ? MALFORMED : fault, request, response);
            return;
        }
        Map<String, List<String>> parameters =
                Objects.requireNonNull(Query.parameters(request.getQueryString(), RawProtocol.PARAMETERS));
        switch (request.getMethod()) {
            case "GET" -> subscribe(channel, parameters, request, response);
            case "POST" -> publish(channel, parameters, request, response);
            default -> refuseMethod("GET, POST", response);
        }
    }

    private static @Nullable String channel(HttpServletRequest request, Map<String, List<String>> parameters) {
        try {
            return RawUrl.channel(URI.create(request.getRequestURI()), parameters);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private void subscribe(
            String channel,
            Map<String, List<String>> parameters,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String id = request.getHeader("Last-Event-ID");
        admit(request, response, principal -> {
            StreamTransport transport = stream(async(request), principal, StreamFormat.RAW_EVENTS);
            Client unused = transport.open(
                    to -> relay().protocols().connectEvents(to, channel, parameters, id == null ? "" : id));
            transport.start();
        });
    }

    /**
     * Answers an {@code EventSource} with an empty stream, because after an error it never
     * reconnects.
     */
    @Override
    void refuse(Refusal refusal, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String accepted = request.getHeader("Accept");
        boolean isStream = request.getMethod().equals("GET");
        if (!isStream || accepted == null || !accepted.contains(StreamFormat.RAW_EVENTS.type())) {
            super.refuse(refusal, request, response);
            return;
        }
        StreamFormat.RAW_EVENTS.head(response);
        response.getOutputStream().write(refusal.retryEvent().getBytes(StandardCharsets.US_ASCII));
        response.flushBuffer();
    }

    private void publish(
            String channel,
            Map<String, List<String>> parameters,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ContentType content = ContentType.of(request);
        String type = content.type();
        boolean binary = type.equals(BYTES);
        boolean text = type.isEmpty() || type.startsWith("text/") || type.equals(JSON) || type.equals(FORM);
        if (!binary && !(text && content.isUtf8())) {
            refuse(WRONG_TYPE, request, response);
            return;
        }
        int maxBytes = relay().settings().messageBytes();
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        admit(request, response, principal -> {
            principal.releasePlace(); // a POST counts as a handshake, and holds no place
            read(async(request), maxBytes, (body, async) -> {
                Frame message = binary ? Frame.binary(body) : text(body);
                if (message == null) {
                    async.send(MALFORMED);
                    return;
                }
                CompletionStage<?> unused = published(principal, channel, parameters, message)
                        .whenComplete((done, failure) -> answer(failure, async));
            });
        });
    }

    private CompletionStage<?> published(
            HandshakePrincipal principal, String channel, Map<String, List<String>> parameters, Frame message) {
        try {
            return relay().protocols().publishRaw(principal.peer(), channel, parameters, message);
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    private static void answer(@Nullable Throwable failure, AsyncResponse async) {
        if (failure == null) {
            async.sendNothing();
        } else {
            async.send(error(Failure.cause(failure)));
        }
    }

    private static HttpError error(Throwable failure) {
        if (failure.equals(ClientError.PERMISSION_DENIED) || failure.equals(ClientError.UNAUTHORIZED)) {
            return HttpError.of(
                    HttpServletResponse.SC_FORBIDDEN, ClientError.PERMISSION_DENIED.because(Reason.of(failure)));
        }
        if (failure instanceof Disconnect disconnect) {
            int status =
                    disconnect.isBadRequest() ? HttpServletResponse.SC_BAD_REQUEST : HttpServletResponse.SC_FORBIDDEN;
            return HttpError.of(status, disconnect);
        }
        if (failure instanceof ClientError error && !error.isTemporary()) {
            return HttpError.of(HttpServletResponse.SC_BAD_REQUEST, error);
        }
        if (!(failure instanceof ClientError
                || failure instanceof TimeoutException)) { // a timeout is logged where it happens
            LOG.log(System.Logger.Level.ERROR, "a publication failed", failure);
        }
        return HttpError.of(
                HttpServletResponse.SC_SERVICE_UNAVAILABLE, ClientError.INTERNAL.because(Reason.of(failure)));
    }
}
