package dev.switchboard.launcher.centrifugo;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Collects the endpoints of the application that are in use, one for each event.
 *
 * <p>The relay asks one URL for each event, and waits equally long for all of them.
 */
final class Endpoints {

    /** The events, with the option path of the endpoint that Centrifugo calls "default". */
    private static final Map<String, String> DEFAULTS = Map.of(
            "connect", "client.proxy.connect",
            "refresh", "client.proxy.refresh",
            "subscribe", "channel.proxy.subscribe",
            "publish", "channel.proxy.publish",
            "sub_refresh", "channel.proxy.sub_refresh",
            "rpc", "rpc.proxy");

    private static final String PART_ENDPOINT = ".endpoint";

    private final Options options;
    private final Report report;
    private final Map<String, Options> named = new LinkedHashMap<>();
    private final Map<String, String> urls = new LinkedHashMap<>();
    private final TreeSet<String> headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, String> fixed = new LinkedHashMap<>();
    private final Map<String, String> statuses = new LinkedHashMap<>();
    private long millis;
    private boolean meta;

    Endpoints(Options options, Report report) {
        this.options = options;
        this.report = report;
        for (Options proxy : options.objects("proxies")) {
            named.put(proxy.text("name"), proxy);
        }
    }

    /** Takes the endpoint that asks about an event, and returns false if the relay cannot ask it. */
    boolean take(String event, String proxy) {
        boolean isDefault = proxy.equals("default") && !named.containsKey(proxy);
        Options at = isDefault ? options : named.get(proxy);
        String prefix = isDefault ? DEFAULTS.get(event) + "." : "";
        String option = isDefault ? DEFAULTS.get(event) + PART_ENDPOINT : "proxies." + proxy + PART_ENDPOINT;
        String url = at == null ? "" : at.text(prefix + "endpoint");
        if (url.isEmpty() || !url.startsWith("http://") && !url.startsWith("https://")) {
            report.missing(
                    option, url.isEmpty() ? "there is no such endpoint" : "the relay asks by HTTP alone, not " + url);
            return false;
        }
        String other = urls.putIfAbsent(event, url);
        if (other != null && !other.equals(url)) {
            report.missing(option, "the relay asks one URL for each event, and that is " + other);
            return false;
        }
        if (other == null) {
            report.taken(option, setting(event));
        }
        read(at == null ? options : at, prefix);
        return true;
    }

    private void read(Options at, String prefix) {
        Duration timeout = at.time(prefix + "timeout");
        millis = Math.max(millis, timeout == null ? 1_000 : timeout.toMillis());
        headers.addAll(at.texts(prefix + "http_headers"));
        headers.addAll(at.texts(prefix + "emulated_headers"));
        meta |= at.is(prefix + "include_connection_meta");
        for (String name : at.names()) {
            String start = prefix + "http.static_headers.";
            if (name.startsWith(start)) {
                fixed.put(name.substring(start.length()), at.text(name));
            }
        }
        for (Options transform : at.objects(prefix + "http.status_to_code_transforms")) {
            String to = transform.has("to_error.code") ? "to_error" : "to_disconnect";
            String words = transform.text(to + (to.equals("to_error") ? ".message" : ".reason"));
            statuses.put(
                    transform.text("status_code"),
                    transform.text("status_code") + " " + transform.text(to + ".code")
                            + (words.isEmpty() ? "" : " " + words.replace(',', ' ')));
        }
    }

    private static String setting(String event) {
        return "switchboard.hooks." + event.replace('_', '.');
    }

    /** Returns the settings. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        urls.forEach((event, url) -> settings.put(setting(event), url));
        if (urls.isEmpty()) {
            return settings;
        }
        settings.put("switchboard.hooks.timeout", millis + "ms");
        if (!headers.isEmpty()) {
            settings.put("switchboard.hooks.headers", String.join(",", headers));
        }
        if (!fixed.isEmpty()) {
            settings.put("switchboard.hooks.headers.fixed", fixed(fixed));
        }
        if (!statuses.isEmpty()) {
            settings.put("switchboard.hooks.status", String.join(",", statuses.values()));
        }
        if (meta) {
            settings.put("switchboard.hooks.meta", "true");
        }
        return settings;
    }

    private static String fixed(Map<String, String> headers) {
        return String.join(
                ",",
                headers.entrySet().stream()
                        .map(header -> header.getKey() + ": " + header.getValue())
                        .toList());
    }
}
