package dev.switchboard.launcher.centrifugo;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Collects the endpoints of the application, one for each event, and makes the settings of the
 * hooks.
 *
 * <p>The relay has one URL for each event. All hooks share one timeout, one list of headers and one
 * list of statuses.
 */
final class HookEndpoints {

    /** The events, with the option path of their default endpoint. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "connect", "client.proxy.connect",
            "refresh", "client.proxy.refresh",
            "subscribe", "channel.proxy.subscribe",
            "publish", "channel.proxy.publish",
            "sub_refresh", "channel.proxy.sub_refresh",
            "rpc", "rpc.proxy");

    private static final String PART_ENDPOINT = ".endpoint";

    /** The name of the default endpoint of each event. */
    static final String DEFAULT = "default";

    private final Options options;
    private final Report report;
    private final Map<String, Options> named = new LinkedHashMap<>();
    private final Map<String, String> urls = new LinkedHashMap<>();
    private @Nullable Shared shared;
    private long millis;
    private boolean meta;

    HookEndpoints(Options options, Report report) {
        this.options = options;
        this.report = report;
        for (Options proxy : options.objects("proxies")) {
            named.put(proxy.text("name"), proxy);
        }
    }

    /**
     * Takes the endpoint of an event by the name of its proxy. Returns false if the relay cannot
     * ask it.
     */
    boolean take(String event, String proxy) {
        boolean isDefault = proxy.equals(DEFAULT) && !named.containsKey(proxy);
        Options at = isDefault ? options : named.get(proxy);
        String prefix = isDefault ? DEFAULTS.get(event) + "." : "";
        String option = isDefault ? DEFAULTS.get(event) + PART_ENDPOINT : "proxies." + proxy + PART_ENDPOINT;
        String url = at == null ? "" : at.text(prefix + "endpoint");
        if (url.isEmpty() || !url.startsWith("http://") && !url.startsWith("https://")) {
            report.missing(option, url.isEmpty() ? "there is no such endpoint" : "the relay asks by HTTP alone");
            return false;
        }
        String other = urls.putIfAbsent(event, url);
        if (other != null && !other.equals(url)) {
            report.missing(option, "the relay asks one URL for each event, and has another URL for this event");
            return false;
        }
        if (other == null) {
            report.taken(option, setting(event));
        }
        read(option, url, at == null ? options : at, prefix);
        return true;
    }

    /**
     * Reads the options that all hooks share. None of them may reach another server than before.
     */
    private void read(String option, String url, Options at, String prefix) {
        Duration timeout = at.time(prefix + "timeout");
        millis = Math.max(millis, timeout == null ? 1_000 : timeout.toMillis());
        meta |= at.is(prefix + "include_connection_meta");
        TreeSet<String> wanted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        wanted.addAll(at.texts(prefix + "http_headers"));
        wanted.addAll(at.texts(prefix + "emulated_headers"));
        Map<String, String> own = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        String start = prefix + "http.static_headers.";
        for (String name : at.names()) {
            if (name.startsWith(start)) {
                own.put(name.substring(start.length()), at.text(name));
            }
        }
        Map<String, String> codes = new TreeMap<>();
        for (Options transform : at.objects(prefix + "http.status_to_code_transforms")) {
            String to = transform.has("to_error.code") ? "to_error" : "to_disconnect";
            String words = transform.text(to + (to.equals("to_error") ? ".message" : ".reason"));
            String status = transform.text("status_code");
            codes.put(
                    status,
                    status + " " + transform.text(to + ".code")
                            + (words.isEmpty() ? "" : " " + words.replace(',', ' ')));
        }
        String server = URI.create(url).resolve("/").toString();
        Shared now = new Shared(server, wanted, own, codes);
        if (shared == null) {
            shared = now;
        } else if (!shared.agreesWith(now)) {
            report.refused(
                    option, "all hooks share headers and statuses, and these differ from those of another server");
        } else {
            shared.add(now);
        }
        for (String name : own.keySet()) {
            if (wanted.contains(name) || own.get(name).matches(".*[,\\r\\n].*")) {
                report.refused(
                        prefix + "http.static_headers." + name,
                        "its value has a comma, or http_headers names it as well");
            }
        }
    }

    /**
     * Holds the headers and statuses of all hooks.
     *
     * @param server the server of the first endpoint, with its scheme and port
     */
    private record Shared(
            String server, TreeSet<String> headers, Map<String, String> fixed, Map<String, String> statuses) {

        /**
         * Returns true if the other is the same, or is of the same server and contradicts nothing.
         */
        boolean agreesWith(Shared other) {
            boolean consistent = other.fixed.entrySet().stream()
                            .allMatch(entry ->
                                    entry.getValue().equals(fixed.getOrDefault(entry.getKey(), entry.getValue())))
                    && other.statuses.entrySet().stream()
                            .allMatch(entry ->
                                    entry.getValue().equals(statuses.getOrDefault(entry.getKey(), entry.getValue())));
            return server.equals(other.server)
                    ? consistent
                    : headers.equals(other.headers) && fixed.equals(other.fixed) && statuses.equals(other.statuses);
        }

        /** Adds the headers and statuses of an endpoint of the same server. */
        void add(Shared other) {
            headers.addAll(other.headers);
            fixed.putAll(other.fixed);
            statuses.putAll(other.statuses);
        }
    }

    private static String setting(String event) {
        return "switchboard.hooks." + event.replace('_', '.');
    }

    /** Returns the settings of the hooks, in their order. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        urls.forEach((event, url) -> settings.put(setting(event), url));
        if (urls.isEmpty()) {
            return settings;
        }
        settings.put("switchboard.hooks.timeout", millis + "ms");
        if (shared != null) {
            put(settings, "switchboard.hooks.headers", String.join(",", shared.headers));
            put(settings, "switchboard.hooks.headers.fixed", fixed(shared.fixed));
            put(settings, "switchboard.hooks.status", String.join(",", shared.statuses.values()));
        }
        if (meta) {
            settings.put("switchboard.hooks.meta", "true");
        }
        return settings;
    }

    private static void put(Map<String, String> settings, String name, String value) {
        if (!value.isEmpty()) {
            settings.put(name, value);
        }
    }

    private static String fixed(Map<String, String> headers) {
        return String.join(
                ",",
                headers.entrySet().stream()
                        .map(header -> header.getKey() + ": " + header.getValue())
                        .toList());
    }
}
