package dev.switchboard.launcher.centrifugo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the rule of one namespace from its channel options. The rule gives no right that the
 * options did not give.
 */
final class NamespaceRule {

    private static final int MAX_HISTORY_SIZE = 100_000;

    private static final String NOBODY = "nobody";
    private static final String SUBSCRIBER = "subscriber";

    /** The names of options in Centrifugo 3 to 5, with their names in Centrifugo 6. */
    private static final Map<String, String> OLD_NAMES = Map.of(
            "proxy_subscribe", "subscribe_proxy_enabled",
            "proxy_publish", "publish_proxy_enabled",
            "proxy_sub_refresh", "sub_refresh_proxy_enabled",
            "proxy_subscribe_stream", "subscribe_stream_proxy_enabled",
            "recover", "force_recovery",
            "position", "force_positioning");

    /**
     * The options that the relay cannot keep, with the reason. Each of them closes the channels.
     */
    private static final Map<String, String> CLOSING = Map.of(
            "channel_regex", "the relay does not check names by a pattern",
            "subscription_type", "maps and shared polls are not served",
            "subscribe_stream_proxy_enabled", "streams of an application are not served");

    private final String name;
    private final Options options;
    private final HookEndpoints endpoints;
    private final Report report;
    private final boolean isOld;
    private final Map<String, Object> rule = new LinkedHashMap<>();

    private NamespaceRule(String name, Options options, HookEndpoints endpoints, Report report, boolean isOld) {
        this.name = name;
        this.options = options;
        this.endpoints = endpoints;
        this.report = report;
        this.isOld = isOld;
    }

    /**
     * Returns the members of the rule as JSON values.
     *
     * @param name for the report
     * @param isOld true for options of Centrifugo 3 to 5
     */
    static Map<String, Object> rule(
            String name, Options options, HookEndpoints endpoints, Report report, boolean isOld) {
        OLD_NAMES.forEach(options::rename);
        return new NamespaceRule(name, options, endpoints, report, isOld).rule();
    }

    private Map<String, Object> rule() {
        boolean closed = isClosed();
        List<String> asked = new ArrayList<>();
        String subscribe = options.is("allow_subscribe_for_client") ? client("subscribe") : NOBODY;
        options.is("allow_subscribe_for_anonymous"); // alone, it gives no right
        subscribe = asked("subscribe", subscribe, asked);
        String publish = asked("publish", right("publish"), asked);
        if (isEnabled("sub_refresh")) {
            endpoints.take("sub_refresh", proxy("sub_refresh"));
        }
        rule.put("subscribe", closed ? NOBODY : subscribe);
        rule.put("publish", closed ? NOBODY : publish);
        rule.put("presence", closed ? NOBODY : right("presence"));
        rule.put("history", closed ? NOBODY : right("history"));
        if (options.is("allow_user_limited_channels") && !closed) {
            rule.put("allow_user_limited_channels", true);
        }
        presence();
        history();
        if (!asked.isEmpty() && !closed) {
            rule.put("ask", asked);
        }
        for (String unused : options.unused()) {
            report.missing(name + "." + unused, Advice.about(unused));
        }
        return rule;
    }

    private boolean isClosed() {
        boolean closed = false;
        for (Map.Entry<String, String> closing : new TreeMap<>(CLOSING).entrySet()) {
            String value = options.text(closing.getKey());
            if (!value.isEmpty() && !value.equals("false") && !value.equals("stream")) {
                report.stricter(name + "." + closing.getKey(), closing.getValue() + ", so the channels are closed");
                closed = true;
            }
        }
        return closed;
    }

    private String client(String what) {
        return options.is("allow_" + what + "_for_anonymous") ? "anyone" : "authenticated";
    }

    private String right(String what) {
        boolean subscriber = options.is("allow_" + what + "_for_subscriber");
        if (options.is("allow_" + what + "_for_client")) {
            return client(what);
        }
        boolean anonymous = options.is("allow_" + what + "_for_anonymous");
        return !subscriber ? NOBODY : anonymous ? SUBSCRIBER : "authenticated_subscriber";
    }

    /**
     * Returns the right after the proxy options, which count before all others in Centrifugo. If
     * the relay cannot ask the application, no client has the right.
     *
     * @param otherwise the right if no application is asked
     * @param asked gets {@code what} if the application is asked
     */
    private String asked(String what, String otherwise, List<String> asked) {
        if (!isEnabled(what)) {
            return otherwise;
        }
        if (!endpoints.take(what, proxy(what))) {
            report.stricter(
                    name + "." + what + "_proxy_enabled",
                    "the relay cannot ask the application, so " + what + " is closed");
            return NOBODY;
        }
        asked.add(what);
        return "anyone";
    }

    /**
     * Returns true if Centrifugo asks the application. In Centrifugo 3 to 5, the name of a proxy is
     * enough.
     */
    private boolean isEnabled(String what) {
        return options.is(what + "_proxy_enabled")
                || isOld && !options.text(what + "_proxy_name").isEmpty();
    }

    private String proxy(String what) {
        String proxy = options.text(what + "_proxy_name");
        return proxy.isEmpty() ? HookEndpoints.DEFAULT : proxy;
    }

    private void presence() {
        if (options.is("presence")) {
            rule.put("keep_presence", true);
        }
        boolean pushed = options.is("force_push_join_leave");
        if (options.is("join_leave")) {
            rule.put("join_leave", pushed ? "forced" : "on_request");
        }
    }

    private void history() {
        long size = options.number("history_size");
        Duration ttl = options.time("history_ttl");
        boolean forced = options.is("force_recovery");
        boolean allowed = options.is("allow_recovery");
        boolean cache = options.text("force_recovery_mode").equals("cache");
        boolean positioned = options.is("force_positioning");
        boolean mayPosition = options.is("allow_positioning");
        if (size <= 0 || ttl == null || ttl.isZero()) {
            return;
        }
        if (size > MAX_HISTORY_SIZE) {
            report.stricter(name + ".history_size", "the relay keeps at most " + MAX_HISTORY_SIZE);
        }
        rule.put("history_size", Math.min(size, MAX_HISTORY_SIZE));
        rule.put("history_ttl", Math.max(1, ttl.toSeconds()) + "s");
        boolean readers = !NOBODY.equals(rule.get("history"));
        rule.put("recovery", forced || allowed && !readers ? "forced" : "on_request");
        if (allowed && !forced && !readers) {
            report.taken(name + ".allow_recovery", "forced recovery, because no client may read the history");
        }
        if (cache) {
            rule.put("recovery_mode", "cache");
        }
        if (positioned || mayPosition && !readers) {
            rule.put("positioning", "forced");
        }
    }
}
