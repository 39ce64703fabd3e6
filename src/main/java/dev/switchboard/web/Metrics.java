package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.Address;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Serves the metrics of this node at {@code /metrics}, in the text format of Prometheus.
 *
 * <p>A request needs the key, or must come from this machine. A request with a header of a proxy is
 * not from this machine, whatever address its connection has.
 */
final class Metrics extends HttpServlet {

    private static final Set<String> PROXY_HEADERS = Set.of("forwarded", "via", "x-real-ip");
    private static final String PROXY_HEADER_PREFIX = "x-forwarded-";

    private final transient Supplier<Relay> relay;
    private final transient ExpositionFormatWriter writer = PrometheusTextFormatWriter.create();

    Metrics(Supplier<Relay> relay) {
        this.relay = relay;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        if (isLocal(request) || relay.get().settings().metricsKey().isIn(request.getHeader("Authorization"))) {
            response.setContentType(writer.getContentType());
            writer.write(response.getOutputStream(), snapshots(relay.get()));
        } else {
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter()
                    .println("The metrics are for requests from this machine without a proxy, and for requests with"
                            + " the setting switchboard.metrics.key as a bearer token.");
        }
    }

    private static boolean isLocal(HttpServletRequest request) {
        Address address = Address.of(request.getRemoteAddr());
        return address != null
                && address.isLoopback()
                && Collections.list(request.getHeaderNames()).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .noneMatch(name -> PROXY_HEADERS.contains(name) || name.startsWith(PROXY_HEADER_PREFIX));
    }

    /** Returns all metrics, also those that have no value at present. */
    static MetricSnapshots snapshots(Relay relay) {
        MetricList list = new MetricList();
        RelayMetrics.add(relay, list);
        ProcessMetrics.add(list);
        return list.snapshots();
    }
}
