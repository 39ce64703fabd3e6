package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.Address;
import dev.switchboard.hooks.Hooks;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.LabelledCounter;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
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

    static MetricSnapshots snapshots(Relay relay) {
        Counters counters = relay.counters();
        List<MetricSnapshot> snapshots = new ArrayList<>(List.of(
                gauge("switchboard_clients", "Connected clients.", relay.hub().clientCount()),
                gauge(
                        "switchboard_channels",
                        "Channels that have subscribers on this node.",
                        relay.hub().channelCount()),
                gauge(
                        "switchboard_connections_waiting",
                        "Connections that have not sent a connect command yet.",
                        relay.admission().waiting()),
                gauge(
                        "switchboard_outbox_bytes",
                        "Bytes that wait for all clients together.",
                        relay.admission().outboxBytes()),
                gauge(
                        "switchboard_draining",
                        "1 while the node disconnects its clients before it stops.",
                        relay.admission().isDraining() ? 1 : 0),
                gauge(
                        "switchboard_insecure_options",
                        "Settings that make this relay less safe than by default.",
                        relay.warnings().texts().size()),
                counter("switchboard_disconnects", "Connections that ended, by code.", "code", counters.disconnects()),
                counter(
                        "switchboard_drops",
                        "Publications that slow clients did not get, by policy.",
                        "policy",
                        counters.drops()),
                counter(
                        "switchboard_handshakes_rejected",
                        "Handshakes that were refused, by reason.",
                        "reason",
                        counters.refusals()),
                counter(
                        "switchboard_auth_failures",
                        "Tokens that were refused, by reason.",
                        "reason",
                        counters.authFailures()),
                counter(
                        "switchboard_internal_errors",
                        "Internal errors of the relay, by part.",
                        "where",
                        counters.internalErrors()),
                counter(
                        "switchboard_lost_log_lines",
                        "Log lines that were dropped, because the log was too slow.",
                        counters.lostLines()),
                counter(
                        "switchboard_lost_events",
                        "Events that were dropped, because an observer of the application was too slow.",
                        counters.lostEvents()),
                counter("switchboard_pauses", "Pauses in which the whole process stood still.", counters.pauses())));
        Duration age = relay.ageOfKeys();
        if (age != null) {
            snapshots.add(
                    gauge("switchboard_jwks_stale_seconds", "Age of the public keys of tokens.", age.toSeconds()));
        }
        if (relay.hooks() != null) {
            snapshots.addAll(hooks(relay.hooks()));
        }
        return new MetricSnapshots(snapshots);
    }

    private static List<MetricSnapshot> hooks(Hooks hooks) {
        CounterSnapshot.Builder requests =
                CounterSnapshot.builder().name("switchboard_hooks").help("Hook requests, by hook and outcome.");
        hooks.outcomes()
                .forEach((event, outcomes) ->
                        outcomes.forEach((outcome, count) -> requests.dataPoint(CounterDataPointSnapshot.builder()
                                .labels(Labels.of("hook", event.label(), "outcome", outcome))
                                .value(count)
                                .build())));
        GaugeSnapshot.Builder dead = GaugeSnapshot.builder()
                .name("switchboard_hooks_dead")
                .help("1 while the hook is not called, because the application does not answer.");
        hooks.down()
                .forEach((event, isDead) -> dead.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("hook", event.label()))
                        .value(isDead ? 1 : 0)
                        .build()));
        return List.of(requests.build(), dead.build());
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, LongAdder count) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(count.sum()).build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, String label, LabelledCounter counts) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        counts.counts()
                .forEach((word, count) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of(label, word))
                        .value(count)
                        .build()));
        return counter.build();
    }
}
