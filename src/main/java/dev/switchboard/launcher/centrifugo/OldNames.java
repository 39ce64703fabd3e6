package dev.switchboard.launcher.centrifugo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gives the flat options of Centrifugo 3 to 5 the paths that they have in Centrifugo 6. */
final class OldNames {

    private static final List<String> EVENTS =
            List.of("connect", "refresh", "subscribe", "publish", "sub_refresh", "rpc");

    private static final Map<String, String> PATHS = paths();

    /** The channel options that stood at the top level, for channels without a namespace. */
    private static final Set<String> CHANNEL = Set.of(
            "presence",
            "join_leave",
            "force_push_join_leave",
            "history_size",
            "history_ttl",
            "force_positioning",
            "allow_positioning",
            "force_recovery",
            "allow_recovery",
            "force_recovery_mode",
            "allowed_delta_types",
            "delta_publish",
            "allow_subscribe_for_anonymous",
            "allow_subscribe_for_client",
            "allow_publish_for_anonymous",
            "allow_publish_for_subscriber",
            "allow_publish_for_client",
            "allow_presence_for_anonymous",
            "allow_presence_for_subscriber",
            "allow_presence_for_client",
            "allow_history_for_anonymous",
            "allow_history_for_subscriber",
            "allow_history_for_client",
            "allow_user_limited_channels",
            "channel_regex",
            "proxy_subscribe",
            "proxy_publish",
            "proxy_sub_refresh",
            "proxy_subscribe_stream",
            "subscribe_proxy_name",
            "publish_proxy_name");

    private OldNames() {}

    private static Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        for (String name : List.of(
                "hmac_secret_key",
                "rsa_public_key",
                "ecdsa_public_key",
                "jwks_public_endpoint",
                "audience",
                "audience_regex",
                "issuer",
                "issuer_regex",
                "user_id_claim")) {
            paths.put("token_" + name, "client.token." + name);
            paths.put("subscription_token_" + name, "client.subscription_token." + name);
        }
        paths.put("separate_subscription_token_config", "client.subscription_token.enabled");
        for (String name : List.of(
                "channel_limit",
                "user_connection_limit",
                "connection_limit",
                "connection_rate_limit",
                "queue_max_size",
                "stale_close_delay",
                "expired_close_delay",
                "insecure")) {
            paths.put("client_" + name, "client." + name);
        }
        for (String name : List.of(
                "allowed_origins",
                "allow_anonymous_connect_without_token",
                "disallow_anonymous_connection_tokens",
                "ping_interval",
                "pong_timeout")) {
            paths.put(name, "client." + name);
        }
        for (String name : List.of("message_size_limit", "write_timeout")) {
            paths.put("websocket_" + name, "websocket." + name);
        }
        for (String name : List.of("private_prefix", "namespace_boundary", "user_boundary", "user_separator")) {
            paths.put("channel_" + name, "channel." + name);
        }
        paths.put("namespaces", "channel.namespaces");
        paths.put("api_key", "http_api.key");
        paths.put("api_insecure", "http_api.insecure");
        paths.put("address", "http_server.address");
        paths.put("port", "http_server.port");
        for (String event : EVENTS) {
            paths.put("proxy_" + event + "_endpoint", endpoint(event) + ".endpoint");
            paths.put("proxy_" + event + "_timeout", endpoint(event) + ".timeout");
        }
        return paths;
    }

    private static String endpoint(String event) {
        return switch (event) {
            case "connect", "refresh" -> "client.proxy." + event;
            case "rpc" -> "rpc.proxy";
            default -> "channel.proxy." + event;
        };
    }

    /** Returns the path that an option of a file or a variable has in Centrifugo 6. */
    static String path(String name) {
        return CHANNEL.contains(name) ? "channel.without_namespace." + name : PATHS.getOrDefault(name, name);
    }

    /** Returns the paths of all options that this class knows, by their old and present names. */
    static Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        PATHS.forEach((old, path) -> {
            known.put(path, path);
            known.put(old, path);
        });
        CHANNEL.forEach(name -> {
            known.put(path(name), path(name));
            known.put(name, path(name));
        });
        return known;
    }

    /** Gives each option its present name. Returns true if one had an old name. */
    static boolean rename(Options options) {
        boolean old = options.names().stream().anyMatch(name -> !path(name).equals(name));
        for (String name : options.names()) {
            options.rename(name, path(name));
        }
        if (!old) {
            return false;
        }
        for (String event : EVENTS) { // in Centrifugo 3 to 5, an endpoint alone enabled the proxy
            if (options.has(endpoint(event) + ".endpoint")) {
                options.putIfAbsent(
                        event.equals("rpc") ? "rpc.without_namespace.proxy_enabled" : endpoint(event) + ".enabled",
                        true);
                options.copy("proxy_http_headers", endpoint(event) + ".http_headers");
                options.copyAll("proxy_static_http_headers.", endpoint(event) + ".http.static_headers.");
            }
        }
        return true;
    }
}
