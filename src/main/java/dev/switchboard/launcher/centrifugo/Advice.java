package dev.switchboard.launcher.centrifugo;

import java.util.LinkedHashMap;
import java.util.Map;

/** Tells what to do instead of an option that the relay does not have. */
final class Advice {

    /** The advice, by the beginning of the path. */
    private static final Map<String, String> ADVICE = advice();

    private Advice() {}

    private static Map<String, String> advice() {
        Map<String, String> advice = new LinkedHashMap<>();
        advice.put("engine", "this relay is one node, and keeps histories in memory");
        advice.put("broker", "this relay is one node, and keeps histories in memory");
        advice.put("redis", "this relay is one node, and keeps histories in memory");
        advice.put("presence_manager", "this relay is one node, and keeps presence in memory");
        advice.put("uni_", "clients without a library read /raw/CHANNEL as an event stream");
        advice.put("grpc_", "call the API by HTTP");
        advice.put("consumers", "publish by the API");
        advice.put("admin", "there are no pages for administrators");
        advice.put("http_server.tls", "let a proxy or the container do TLS");
        advice.put("tls", "let a proxy or the container do TLS");
        advice.put("map", "maps are not served");
        advice.put("shared_poll", "shared polls are not served");
        advice.put("allowed_delta_types", "publications go whole");
        advice.put("delta_publish", "publications go whole");
        advice.put("prometheus", "metrics are at /metrics");
        advice.put("health", "health is at /health");
        advice.put("sse", "the stream is always at /connection/sse");
        advice.put("http_stream", "the stream is always at /connection/http_stream");
        advice.put("webtransport", "clients use WebSocket");
        return advice;
    }

    /** Returns the advice for an option by its path, also one within a namespace. */
    static String about(String option) {
        return ADVICE.entrySet().stream()
                .filter(entry -> option.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("the relay has no such option");
    }
}
