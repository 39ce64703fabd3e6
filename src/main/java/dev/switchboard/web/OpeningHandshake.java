package dev.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks opening handshakes against RFC 6455 section 4.2.1, which containers check in part.
 *
 * <p>A proxy takes a handshake without {@code Connection: Upgrade} for a plain request. If the
 * server answered 101, the proxy would send the request of another client on that WebSocket.
 */
final class OpeningHandshake {

    static final String KEY = "Sec-WebSocket-Key";

    /** The reason of a malformed handshake in metrics. */
    static final String MALFORMED = "malformed";

    private static final String VERSION = "Sec-WebSocket-Version";
    private static final String SUPPORTED = "13";
    private static final int KEY_BYTES = 16;

    static final HttpError UPGRADE_REQUIRED = new HttpError(
            426,
            107,
            "A WebSocket handshake is expected here. If a client has sent one, a proxy before this server has dropped the headers Upgrade and Connection;"
                    + " it must pass both on, by HTTP/1.1.");

    private static final HttpError OTHER_VERSION = new HttpError(426, 107, "Sec-WebSocket-Version must be 13.");
    static final HttpError NO_SUCH_PATH =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 108, "There is no WebSocket here.");
    private static final HttpError METHOD =
            new HttpError(HttpServletResponse.SC_METHOD_NOT_ALLOWED, 107, "A WebSocket handshake is a GET.");

    private OpeningHandshake() {}

    /**
     * Returns the fault of a request that looks like a handshake. Returns null for a good
     * handshake, and for a request that does not look like one.
     */
    static @Nullable HttpError fault(HttpServletRequest request) {
        if (!HandshakeFilter.isHandshake(request)) {
            return request.getHeader(KEY) == null ? null : UPGRADE_REQUIRED;
        }
        if (!request.getMethod().equals("GET")) {
            return METHOD;
        }
        if (request.getProtocol().equals("HTTP/1.0")) {
            return malformed(
                    "A WebSocket handshake needs HTTP/1.1; a proxy before this server may speak an older one.");
        }
        String path = request.getRequestURI();
        if (RawUrl.isUnsafe(path)) {
            return RawUrl.OTHER_PATH;
        }
        Map<String, List<String>> parameters = Query.parameters(request.getQueryString());
        if (parameters == null) {
            return StreamingServlet.MALFORMED;
        }
        if (path.endsWith("/")) {
            return NO_SUCH_PATH;
        }
        HttpError channel = isRaw(request) ? RawUrl.fault(request.getPathInfo() != null, parameters) : null;
        return channel != null ? channel : fault(name -> Collections.list(request.getHeaders(name)));
    }

    private static boolean isRaw(HttpServletRequest request) {
        return request.getServletPath().endsWith(WebSocketRoute.RAW_PATH);
    }

    /** Returns the fault of the headers alone; {@code headers} returns the values of a name. */
    static @Nullable HttpError fault(Function<String, List<String>> headers) {
        if (!names("websocket", headers.apply("Upgrade"))) {
            return malformed("Upgrade must name websocket.");
        }
        if (!names("upgrade", headers.apply("Connection"))) {
            return malformed("Connection must name Upgrade; a proxy before this server may have dropped that.");
        }
        if (!isKey(headers.apply(KEY))) {
            return malformed("There must be one Sec-WebSocket-Key, of 16 bytes in base64.");
        }
        List<String> versions = headers.apply(VERSION);
        if (versions.isEmpty()) {
            return malformed("Sec-WebSocket-Version is missing.");
        }
        return versions.equals(List.of(SUPPORTED)) ? null : OTHER_VERSION;
    }

    private static HttpError malformed(String message) {
        return new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, message);
    }

    private static boolean names(String token, List<String> lists) {
        return lists.stream()
                .flatMap(list -> Arrays.stream(list.split(",")))
                .anyMatch(element -> element.strip().equalsIgnoreCase(token));
    }

    private static boolean isKey(List<String> keys) {
        try {
            return keys.size() == 1
                    && keys.get(0).endsWith("==") // RFC 4648 requires the padding, which the decoder does not
                    && Base64.getDecoder().decode(keys.get(0)).length == KEY_BYTES;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /**
     * Answers with the fault, and names what the server supports (RFC 6455 section 4.4, RFC 9110
     * section 15.5.22).
     */
    static void refuse(HttpError fault, HttpServletResponse response) throws IOException {
        response.setHeader(VERSION, SUPPORTED);
        if (fault.status() == UPGRADE_REQUIRED.status()) {
            response.setHeader("Upgrade", "websocket");
            response.setHeader("Connection", "Upgrade");
        } else if (fault == METHOD) {
            response.setHeader("Allow", "GET");
        }
        fault.answer(response);
    }
}
