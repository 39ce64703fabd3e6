package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Raw forwarding without WebSocket, at {@code /raw/{channel}}: GET hears the channel as server-sent events, POST publishes one message. */
final class RawStreaming extends Streaming {

    private static final System.Logger LOG = System.getLogger(RawStreaming.class.getName());

    private static final HttpError NO_CHANNEL =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 102, "A channel is the last segment of the path.");

    /** What curl sends without being asked to; the body is taken as it is all the same. */
    private static final String FORM = "application/x-www-form-urlencoded";

    RawStreaming(HandshakeFilter gate, RequestBodyReader intake) {
        super(gate, intake);
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (WebSocketRoute.hasSlash(request.getRequestURI())) {
            MALFORMED.answer(response);
            return;
        }
        String path = request.getPathInfo();
        if (path == null || path.length() < 2 || path.indexOf('/', 1) >= 0) {
            NO_CHANNEL.answer(response);
            return;
        }
        String channel = channel(request);
        Map<String, List<String>> parameters = Query.parameters(request.getQueryString(), RawProtocol.PARAMETERS);
        if (channel == null || parameters == null) {
            MALFORMED.answer(response);
            return;
        }
        switch (request.getMethod()) {
            case "GET" -> hear(channel, parameters, request, response);
            case "POST" -> publish(channel, parameters, request, response);
            default -> refuseMethod("GET, POST", response);
        }
    }

    private static @Nullable String channel(HttpServletRequest request) {
        try {
            return WebSocketRoute.channel(URI.create(request.getRequestURI()));
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private void hear(
            String channel,
            Map<String, List<String>> parameters,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String id = request.getHeader("Last-Event-ID");
        admit(request, response, visitor -> {
            StreamTransport transport = stream(async(request), visitor, StreamFormat.RAW_EVENTS);
            Client unused = transport.open(
                    to -> relay().protocols().connectEvents(to, channel, parameters, id == null ? "" : id));
            transport.start();
        });
    }

    /** Sends an {@code EventSource} an empty stream: at an error it would stop for ever. */
    @Override
    void refuse(HandshakeFilter.Refusal refusal, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String accepted = request.getHeader("Accept");
        boolean isStream = request.getMethod().equals("GET");
        if (!isStream || accepted == null || !accepted.contains(StreamFormat.RAW_EVENTS.type())) {
            super.refuse(refusal, request, response);
            return;
        }
        StreamFormat.RAW_EVENTS.head(response);
        response.getOutputStream().write(refusal.comeAgain().getBytes(StandardCharsets.US_ASCII));
        response.flushBuffer();
    }

    private void publish(
            String channel,
            Map<String, List<String>> parameters,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String type = type(request);
        boolean binary = type.equals(BYTES);
        boolean text = type.isEmpty() || type.startsWith("text/") || type.equals(JSON) || type.equals(FORM);
        if (!binary && !(text && isUtf8(request))) {
            WRONG_TYPE.answer(response);
            return;
        }
        int maxBytes = relay().settings().messageBytes();
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        admit(request, response, visitor -> {
            visitor.giveBack(); // a POST counts as a handshake and keeps no place
            read(async(request), maxBytes, (body, reply) -> {
                Frame message = binary ? Frame.binary(body) : text(body);
                if (message == null) {
                    reply.send(MALFORMED);
                    return;
                }
                CompletionStage<?> unused = published(visitor, channel, parameters, message)
                        .whenComplete((done, failure) -> answer(failure, reply));
            });
        });
    }

    private static boolean isUtf8(HttpServletRequest request) {
        String type = request.getContentType();
        String lower = type == null ? "" : type.toLowerCase(Locale.ROOT);
        return !lower.contains("charset") || lower.matches(".*;\\s*charset\\s*=\\s*\"?utf-8\"?\\s*(;.*)?");
    }

    private CompletionStage<?> published(
            HandshakePrincipal visitor, String channel, Map<String, List<String>> parameters, Frame message) {
        try {
            return relay().protocols().publishRaw(visitor.peer(), channel, parameters, message);
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    private static void answer(@Nullable Throwable failure, AsyncResponse reply) {
        if (failure == null) {
            reply.sendNothing();
        } else {
            reply.send(problem(Failure.cause(failure)));
        }
    }

    private static HttpError problem(Throwable failure) {
        if (failure == ClientError.PERMISSION_DENIED || failure == ClientError.UNAUTHORIZED) {
            return HttpError.of(HttpServletResponse.SC_FORBIDDEN, ClientError.PERMISSION_DENIED);
        }
        if (failure instanceof Disconnect why) {
            int status = why.isBadRequest() ? HttpServletResponse.SC_BAD_REQUEST : HttpServletResponse.SC_FORBIDDEN;
            return HttpError.of(status, why);
        }
        if (failure instanceof ClientError error && !error.isTemporary()) {
            return HttpError.of(HttpServletResponse.SC_BAD_REQUEST, error);
        }
        if (!(failure instanceof ClientError
                || failure instanceof TimeoutException)) { // who gave up waiting has said so
            LOG.log(System.Logger.Level.ERROR, "a publication failed", failure);
        }
        return HttpError.of(HttpServletResponse.SC_SERVICE_UNAVAILABLE, ClientError.INTERNAL);
    }
}
