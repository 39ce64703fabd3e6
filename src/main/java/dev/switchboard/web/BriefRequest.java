package dev.switchboard.web;

import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows the container only those parts of a handshake that its endpoint needs.
 *
 * <p>Containers keep the query, the parameters and the headers of a handshake as long as its
 * session lasts, some of them twice.
 */
final class BriefRequest extends HttpServletRequestWrapper {

    /** In lower case; without extensions, because the relay accepts none. */
    private static final Set<String> HEADERS = Set.of(
            "host",
            "origin",
            "connection",
            "upgrade",
            "sec-websocket-key",
            "sec-websocket-version",
            "sec-websocket-protocol");

    private static final Set<String> PARAMETERS = Stream.of(
                    RawProtocol.PARAMETERS, WebSocketRoute.PROTOBUF_PARAMETERS, Set.of(RawUrl.CHANNEL))
            .flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private final Map<String, String[]> parameters = new LinkedHashMap<>();
    private final @Nullable String query;

    /** The query of {@code request} must not be malformed. */
    BriefRequest(HttpServletRequest request) {
        super(request);
        Map<String, List<String>> all = Objects.requireNonNull(Query.parameters(request.getQueryString(), PARAMETERS));
        all.forEach((name, values) -> parameters.put(name, values.toArray(String[]::new)));
        query = all.isEmpty()
                ? null
                : all.entrySet().stream()
                        .map(parameter -> parameter.getKey() + "="
                                + URLEncoder.encode(parameter.getValue().get(0), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&"));
    }

    private static boolean isNeeded(String header) {
        return HEADERS.contains(header.toLowerCase(Locale.ROOT));
    }

    @Override
    public @Nullable String getHeader(String name) {
        return isNeeded(name) ? super.getHeader(name) : null;
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return isNeeded(name) ? super.getHeaders(name) : Collections.emptyEnumeration();
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return Collections.enumeration(Collections.list(super.getHeaderNames()).stream()
                .filter(BriefRequest::isNeeded)
                .toList());
    }

    @Override
    public @Nullable String getQueryString() {
        return query;
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        return Collections.unmodifiableMap(parameters);
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(parameters.keySet());
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
        return parameters.get(name);
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] values = parameters.get(name);
        return values == null ? null : values[0];
    }
}
