package dev.switchboard.launcher.centrifugo;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a takeover of the options of one configuration. For one use and one thread. */
final class Conversion {

    /** The least number of characters of a key or a secret. */
    private static final int KEY_CHARACTERS = 32;

    private static final Duration LONGEST_TIME = Duration.ofHours(1);

    /** The only time that may be zero. */
    private static final String GRACE = "switchboard.token.grace";

    private final Options options;
    private final Report report;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final HookEndpoints endpoints;
    private final boolean isOld;

    Conversion(Options options, boolean isOld) {
        this.isOld = isOld;
        this.options = options;
        this.report = new Report(options::given);
        this.endpoints = new HookEndpoints(options, report);
    }

    /** Reads all options. The order counts: the rules use endpoints, and the access needs both. */
    Takeover takeover() {
        names();
        String rules = rules();
        application();
        boolean keys = tokens("client.token.", "switchboard.token.");
        if (options.is("client.subscription_token.enabled")
                && !tokens("client.subscription_token.", "switchboard.token.subscription.")) {
            report.refused(
                    "client.subscription_token.enabled",
                    "without its own key, the keys of connection tokens would count");
        }
        access(keys);
        api();
        limits();
        settings.putAll(endpoints.settings());
        String command = command();
        markEndpoints();
        for (String unused : options.unused()) {
            if (Variables.isUnknownRight(unused)) {
                report.refused(unused, "the relay does not read this variable; write the option into the file");
            } else {
                report.missing(unused, Advice.about(unused));
            }
        }
        return new Takeover(settings, rules, report.lines(), report.isRefused(), command);
    }

    /** Refuses options that change the meaning of channel names. */
    private void names() {
        Map<String, String> fixed =
                Map.of("private_prefix", "$", "namespace_boundary", ":", "user_boundary", "#", "user_separator", ",");
        fixed.forEach((name, here) -> {
            String option = "channel." + name;
            String value = options.text(option);
            if (!value.isEmpty() && !value.equals(here)) {
                report.refused(option, "the relay always uses " + here + ", so " + value + " would protect no channel");
            }
        });
    }

    private String rules() {
        Options plain = options.below("channel.without_namespace.");
        Map<String, Object> rules = new LinkedHashMap<>();
        rules.put("defaults", NamespaceRule.rule("channel.without_namespace", plain, endpoints, report, isOld));
        Map<String, Object> namespaces = new LinkedHashMap<>();
        for (Options namespace : options.objects("channel.namespaces")) {
            String name = namespace.text("name");
            namespaces.put(name, NamespaceRule.rule(name, namespace, endpoints, report, isOld));
            report.taken("channel.namespaces " + name, "namespaces." + name + " of the rules");
        }
        rules.put("namespaces", namespaces);
        return IndentedJson.text(rules);
    }

    private void access(boolean keys) {
        boolean open = options.is("client.allow_anonymous_connect_without_token");
        boolean asksHook = endpoints.settings().containsKey("switchboard.hooks.connect");
        String access = open ? "open" : asksHook && !keys ? "login" : "token"; // token needs a key
        settings.put("switchboard.access", access);
        report.taken("client.allow_anonymous_connect_without_token", "switchboard.access=" + access);
        if (options.is("client.insecure")) {
            report.stricter(
                    "client.insecure", "the relay checks all rights; switchboard.insecure=true is only for tests");
        }
        if (options.is("client.insecure_skip_token_signature_verify")) {
            report.stricter(
                    "client.insecure_skip_token_signature_verify", "the relay checks the signature of each token");
        }
        if (options.is("client.disallow_anonymous_connection_tokens")) {
            report.refused(
                    "client.disallow_anonymous_connection_tokens",
                    "the relay accepts tokens without a user; let your issuer make none, and remove the option");
        }
        List<String> origins = options.texts("client.allowed_origins").stream()
                .filter(origin -> !origin.isEmpty())
                .toList();
        List<String> known = origins.stream().filter(Conversion::isOrigin).toList();
        origins.stream()
                .filter(origin -> !isOrigin(origin))
                .forEach(origin -> report.stricter(
                        "client.allowed_origins " + origin,
                        "the relay accepts whole origins, https://*.example.com and *"));
        set("client.allowed_origins", "switchboard.origins", String.join(",", known));
    }

    private static boolean isOrigin(String origin) {
        String host = origin.replaceFirst("^https?://(\\*\\.)?", "");
        return origin.equals("*") || !host.equals(origin) && host.indexOf('*') < 0 && host.indexOf('?') < 0;
    }

    /**
     * Takes the keys of tokens. Returns false if there is none. With a JWKS, Centrifugo uses no
     * other key.
     */
    private boolean tokens(String from, String to) {
        String jwks = options.text(from + "jwks_public_endpoint");
        String keys = (options.text(from + "rsa_public_key") + "\n" + options.text(from + "ecdsa_public_key")).strip();
        String until = options.text(from + "hmac_previous_secret_key_valid_until");
        if (jwks.isEmpty()) {
            secret(from + "hmac_secret_key", to + "secret");
            secret(from + "hmac_previous_secret_key", to + "secret.previous");
            set(from + "rsa_public_key, ecdsa_public_key", to + "keys", keys);
            if (!until.isEmpty() && !until.equals("0")) {
                report.refused(
                        from + "hmac_previous_secret_key_valid_until",
                        "the relay would accept the previous secret for ever; remove the secret or the time");
            }
        } else {
            options.text(from + "hmac_secret_key");
            options.text(from + "hmac_previous_secret_key");
            if (jwks.startsWith("https://") && jwks.indexOf('{') < 0) {
                set(from + "jwks_public_endpoint", to + "jwks", jwks);
            } else {
                report.refused(from + "jwks_public_endpoint", "the relay reads one https URL");
            }
        }
        claims(from, to);
        return !jwks.isEmpty()
                || !keys.isEmpty()
                || !options.text(from + "hmac_secret_key").isEmpty();
    }

    private void claims(String from, String to) {
        for (String claim : List.of("audience", "issuer")) {
            if (!options.text(from + claim + "_regex").isEmpty()) {
                report.refused(from + claim + "_regex", "the relay would accept tokens of any " + claim);
            }
            String value = options.text(from + claim);
            if (to.equals("switchboard.token.")) {
                set(from + claim, to + claim, value);
            } else if (!value.equals(settings.getOrDefault("switchboard.token." + claim, ""))) {
                report.refused(from + claim, "the relay has one value for tokens of both kinds");
            }
        }
        String user = options.text(from + "user_id_claim");
        String other = settings.getOrDefault("switchboard.token.user.claim", "");
        if (to.equals("switchboard.token.")) {
            set(from + "user_id_claim", "switchboard.token.user.claim", user);
        } else if (!user.equals(other)) {
            report.refused(from + "user_id_claim", "the relay has one value for tokens of both kinds");
        }
    }

    private void secret(String from, String to) {
        String secret = options.text(from);
        set(from, to, secret);
        if (!secret.isEmpty() && secret.length() < KEY_CHARACTERS) {
            report.stricter(from, "a secret needs 32 bytes or more, unless switchboard.token.secret.short=true");
        }
    }

    private void api() {
        String key = options.text("http_api.key");
        if (options.is("http_api.disabled")) {
            report.taken("http_api.disabled", "no key, so there is no API");
        } else if (key.isEmpty() || key.length() >= KEY_CHARACTERS) {
            set("http_api.key", "switchboard.api.key", key);
        } else {
            report.stricter("http_api.key", "a key needs 32 characters or more; without a key there is no API");
        }
        if (options.is("http_api.insecure")) {
            report.stricter("http_api.insecure", "the API always asks for a key");
        }
        if (options.text("http_api.error_mode").equals("transport")) {
            set("http_api.error_mode", "switchboard.api.errors", "transport");
        }
    }

    private void limits() {
        number("client.channel_limit", "switchboard.client.channels");
        number("client.user_connection_limit", "switchboard.connections.user");
        number("client.connection_limit", "switchboard.connections");
        number("client.connection_rate_limit", "switchboard.handshakes");
        number("client.queue_max_size", "switchboard.outbox.bytes");
        number("websocket.message_size_limit", "switchboard.message.bytes");
        time("client.ping_interval", "switchboard.ping.interval");
        time("client.pong_timeout", "switchboard.pong.timeout");
        time("client.stale_close_delay", "switchboard.connect.timeout");
        time("client.expired_close_delay", GRACE);
        time("websocket.write_timeout", "switchboard.write.timeout");
    }

    private void number(String from, String to) {
        long value = options.number(from);
        set(from, to, value > 0 ? Long.toString(value) : "");
    }

    private void time(String from, String to) {
        Duration time = options.time(from);
        if (time == null) {
            return;
        }
        if (time.isZero() && to.equals(GRACE)) {
            set(from, to, "0");
        } else if (time.toMillis() < 1 || time.compareTo(LONGEST_TIME) > 0) {
            report.missing(from, "the relay takes a time up to " + LONGEST_TIME.toHours() + "h, and keeps its default");
        } else {
            set(from, to, time.toMillis() + "ms");
        }
    }

    private void set(String from, String to, String value) {
        if (!value.isEmpty()) {
            settings.put(to, value);
            report.taken(from, to);
        }
    }

    private void application() {
        for (String event : List.of("connect", "refresh")) {
            String option = "client.proxy." + event + ".enabled";
            String named = options.text(event + "_proxy_name"); // Centrifugo 3 to 5
            boolean enabled = options.is(option) || !named.isEmpty();
            if (enabled && !endpoints.take(event, named.isEmpty() ? HookEndpoints.DEFAULT : named)) {
                report.refused(option, "the relay would admit clients without asking the application");
            }
        }
        boolean rpc = options.is("rpc.without_namespace.proxy_enabled");
        String name = options.text("rpc.without_namespace.proxy_name") + options.text("rpc_proxy_name");
        if ((rpc || isOld && !name.isEmpty()) && endpoints.take("rpc", name.isEmpty() ? HookEndpoints.DEFAULT : name)) {
            report.taken("rpc", "the hook gets each method, also those of other namespaces");
        }
    }

    private String command() {
        String address = options.text("http_server.address");
        String port = options.text("http_server.port");
        return "java -jar switchboard.war --settings=switchboard.properties"
                + (address.isEmpty() ? "" : " --host=" + address)
                + (port.isEmpty() ? "" : " --port=" + port);
    }

    /** Marks the options of endpoints as used, because the report has a line for each endpoint. */
    private void markEndpoints() {
        for (String name : options.names()) {
            boolean endpoint = name.startsWith("client.proxy.")
                    || name.startsWith("channel.proxy.")
                    || name.startsWith("rpc.proxy.");
            if (endpoint) {
                options.text(name);
            }
        }
    }
}
