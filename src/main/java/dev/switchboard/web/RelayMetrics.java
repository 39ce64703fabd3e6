package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hooks.Hooks;
import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.Hub;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.Traffic;
import dev.switchboard.limits.Traffic.Namespace;
import dev.switchboard.model.NodeInfo;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads the metrics of a relay. No label is a channel, a user or a client. */
final class RelayMetrics {

    private final Relay relay;
    private final Counters counters;
    private final MetricList list;

    private RelayMetrics(Relay relay, MetricList list) {
        this.relay = relay;
        this.counters = relay.counters();
        this.list = list;
    }

    /** Adds all metrics of the relay. */
    static void add(Relay relay, MetricList list) {
        RelayMetrics metrics = new RelayMetrics(relay, list);
        metrics.addState();
        metrics.addConnections();
        metrics.addPublications();
        metrics.addOutboxes();
        metrics.addCalls();
        metrics.addHooks();
        metrics.addFaults();
    }

    private void addState() {
        Build build = Build.OWN;
        list.info(
                "switchboard_build",
                "The version and the commit of the relay.",
                Labels.of("version", build.version(), "commit", build.commit()));
        NodeInfo info = relay.info();
        list.gauge("switchboard_clients", "Connected clients.", info.clients());
        list.gauge("switchboard_users", "Users that have a client on this node.", info.users());
        list.gauge("switchboard_channels", "Channels that have subscribers on this node.", info.channels());
        list.gauge("switchboard_subscriptions", "Subscriptions of the clients of this node.", info.subscriptions());
        list.gauge(
                "switchboard_presence_clients",
                "Subscriptions of this node that the presence of their channels shows.",
                relay.hub().presenceCount());
        list.gauge(
                "switchboard_draining",
                "1 while the node disconnects its clients before it stops.",
                relay.admission().isDraining() ? 1 : 0);
        list.gauge(
                "switchboard_engine_down",
                "1 while the engine cannot do its work.",
                relay.engineFault() == null ? 0 : 1);
        list.gauge(
                "switchboard_insecure_options",
                "Settings that make this relay less safe than by default.",
                relay.warnings().texts().size());
        Duration age = relay.ageOfKeys();
        list.gauges(
                "switchboard_jwks_stale_seconds",
                "Age of the public keys of tokens.",
                age == null ? Map.of() : Map.of(Labels.EMPTY, age.toSeconds()));
    }

    private void addConnections() {
        Admission admission = relay.admission();
        list.gauges(
                "switchboard_connections",
                "Connected clients, by transport and protocol.",
                relay.hub().kinds().entrySet().stream()
                        .collect(Collectors.toMap(kind -> labels(kind.getKey()), Map.Entry::getValue)));
        list.gauge(
                "switchboard_connections_waiting",
                "Connections that have not sent a connect command yet.",
                admission.waiting());
        list.counter(
                "switchboard_connections_accepted",
                "Clients that came, by transport.",
                "transport",
                counters.connections());
        list.counter("switchboard_handshakes_admitted", "Handshakes that were not refused.", admission.admitted());
        list.counter(
                "switchboard_handshakes_rejected",
                "Handshakes that were refused, by reason.",
                "reason",
                counters.refusals());
        list.counter(
                "switchboard_auth_failures",
                "Tokens and API keys that were refused, by reason.",
                "reason",
                counters.authFailures());
        list.counter("switchboard_disconnects", "Connections that ended, by code.", "code", counters.disconnects());
        list.counter(
                "switchboard_recoveries",
                "Clients that were to miss nothing, by what became of that.",
                "outcome",
                counters.recoveries());
    }

    private static Labels labels(Hub.Kind kind) {
        return Labels.of("transport", kind.transport(), "protocol", kind.protocol());
    }

    private void addPublications() {
        Traffic traffic = counters.traffic();
        Map<String, Namespace> namespaces = traffic.byNamespace();
        list.counters(
                "switchboard_publications",
                "Publications of clients and applications of this node, by namespace.",
                MetricList.labelled("namespace", namespaces, Namespace::publications));
        list.counters(
                "switchboard_publication_bytes",
                "Bytes of these publications, by namespace.",
                MetricList.labelled("namespace", namespaces, Namespace::publicationBytes));
        list.counters(
                "switchboard_deliveries",
                "Publications times the clients of this node that were to get them, by namespace.",
                MetricList.labelled("namespace", namespaces, Namespace::deliveries));
        list.counters(
                "switchboard_delivery_bytes",
                "Bytes of these deliveries, by namespace.",
                MetricList.labelled("namespace", namespaces, Namespace::deliveryBytes));
        list.histogram(
                "switchboard_fan_out_seconds",
                "Time from the arrival of a publication until the write to the last subscriber has begun.",
                traffic.fanOuts());
        list.histogram(
                "switchboard_delivery_delay_seconds",
                "Time that a frame waits until it is written; one of 64 writes is measured.",
                traffic.delays());
    }

    private void addOutboxes() {
        list.gauge(
                "switchboard_outbox_bytes",
                "Bytes that wait for all clients together.",
                relay.admission().outboxBytes());
        list.gauge(
                "switchboard_outbox_highest_bytes",
                "The largest number of bytes that waited at a time.",
                relay.admission().highestOutboxBytes());
        list.counter(
                "switchboard_drops",
                "Publications that slow clients did not get, by policy.",
                "policy",
                counters.drops());
        list.counter(
                "switchboard_lost_frames",
                "Frames that waited for clients when their connections ended.",
                counters.lostFrames());
    }

    private void addCalls() {
        list.calls("switchboard_command", "Commands of clients, by method", "method", counters.commands());
        list.counter("switchboard_errors", "Errors that clients got, by code.", "code", counters.errors());
        list.calls("switchboard_api_call", "Calls of the server API, by method", "method", counters.api());
        list.calls("switchboard_engine_call", "Calls of the engine, by operation", "operation", counters.engine());
    }

    private void addHooks() {
        Hooks hooks = relay.hooks();
        Map<Labels, Long> requests = new HashMap<>();
        Map<Labels, Histogram> times = new HashMap<>();
        Map<Labels, Integer> dead = new HashMap<>();
        if (hooks != null) {
            hooks.outcomes()
                    .forEach((event, outcomes) -> outcomes.forEach((outcome, count) ->
                            requests.put(Labels.of("hook", event.label(), "outcome", outcome), count)));
            hooks.times().forEach((event, measured) -> times.put(hook(event), measured));
            hooks.down().forEach((event, isDown) -> dead.put(hook(event), isDown ? 1 : 0));
        }
        list.counters("switchboard_hooks", "Hook requests, by hook and outcome.", requests);
        list.histograms("switchboard_hook_seconds", "Hook requests: the time until the outcome, by hook.", times);
        list.gauges(
                "switchboard_hooks_dead",
                "1 while the hook is not called, because the application does not answer.",
                dead);
    }

    private static Labels hook(Event event) {
        return Labels.of("hook", event.label());
    }

    private void addFaults() {
        list.counter(
                "switchboard_internal_errors",
                "Internal errors of the relay, by part.",
                "where",
                counters.internalErrors());
        list.counter(
                "switchboard_lost_log_lines",
                "Log lines that were dropped, because the log was too slow.",
                counters.lostLines());
        list.counter(
                "switchboard_lost_events",
                "Events that were dropped, because an observer of the application was too slow.",
                counters.lostEvents());
        list.counter("switchboard_pauses", "Pauses in which the whole process stood still.", counters.pauses());
    }
}
