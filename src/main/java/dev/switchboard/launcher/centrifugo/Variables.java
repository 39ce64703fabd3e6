package dev.switchboard.launcher.centrifugo;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads the environment variables of Centrifugo, which override its file. */
final class Variables {

    private static final String PREFIX = "CENTRIFUGO_";

    /** The options that {@link OldNames} does not know. */
    private static final String[] OTHERS = {
        "channel.namespaces",
        "proxies",
        "client.token.hmac_previous_secret_key",
        "client.token.hmac_previous_secret_key_valid_until",
        "client.subscription_token.hmac_previous_secret_key",
        "client.insecure_skip_token_signature_verify",
        "client.proxy.connect.enabled",
        "client.proxy.connect.http_headers",
        "client.proxy.refresh.enabled",
        "client.proxy.refresh.http_headers",
        "channel.proxy.subscribe.http_headers",
        "channel.proxy.publish.http_headers",
        "channel.proxy.sub_refresh.http_headers",
        "rpc.proxy.http_headers",
        "rpc.without_namespace.proxy_enabled",
        "http_api.error_mode",
        "channel.without_namespace.subscribe_proxy_enabled",
        "channel.without_namespace.publish_proxy_enabled",
        "channel.without_namespace.sub_refresh_proxy_enabled"
    };

    private Variables() {}

    /** Adds the variables by the names of their options. An unknown variable keeps its own name. */
    static void add(Options options, Map<String, String> environment) {
        Map<String, String> names = new TreeMap<>();
        OldNames.known().keySet().forEach(name -> names.put(variable(name), name));
        for (String name : OTHERS) {
            names.put(variable(name), name);
        }
        new TreeMap<>(environment).forEach((variable, value) -> {
            if (variable.startsWith(PREFIX) && !value.isEmpty()) {
                String name = names.getOrDefault(variable.substring(PREFIX.length()), variable);
                for (String other : options.names()) {
                    if (OldNames.path(other).equals(OldNames.path(name))) {
                        options.remove(other);
                    }
                }
                options.put(name, value);
            }
        });
    }

    /** Returns true for an unknown variable that could take a right away. */
    static boolean isUnknownRight(String name) {
        return name.matches(PREFIX + "(CHANNEL|CLIENT|PROXIES|PROXY|HTTP_API|RPC|NAMESPACES|TOKEN)_.*");
    }

    private static String variable(String path) {
        return path.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
