package dev.switchboard.launcher.centrifugo;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes settings and channel rules from a configuration of Centrifugo 3 to 6.
 *
 * <p>The result gives no right that the configuration did not give.
 *
 * @param settings the lines of a properties file
 * @param rules the channel rules as a JSON text
 * @param report what became of each option
 * @param command how {@code java -jar} serves the same address
 */
public record Takeover(
        Map<String, String> settings, String rules, List<String> report, boolean refused, String command) {

    private static final int KEY_CHARACTERS = 32;
    private static final Duration LONGEST_TIME = Duration.ofHours(1);

    /** The one time that may be zero. */
    private static final String GRACE = "switchboard.token.grace";

    /** What to do instead of an option, by the beginning of its path. */
    private static final Map<String, String> ADVICE = advice();

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

    static String advice(String option) {
        return ADVICE.entrySet().stream()
                .filter(entry -> option.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("the relay has no such option");
    }

    /**
     * Reads a configuration.
     *
     * @param environment the variables, of which those with {@code CENTRIFUGO_} count
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException naming what is malformed
     */
    public static Takeover of(@Nullable Path file, Map<String, String> environment) throws IOException {
        Options options = Options.nested(file == null ? Map.of() : ConfigFile.read(file));
        Variables.add(options, environment);
        boolean isOld = OldNames.rename(options);
        return new Work(options, isOld).done();
    }

    private static final class Work {
        private final Options options;
        private final Report report;
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final Endpoints endpoints;
        private final boolean isOld;

        Work(Options options, boolean isOld) {
            this.isOld = isOld;
            this.options = options;
            this.report = new Report(options::given);
            this.endpoints = new Endpoints(options, report);
        }

        Takeover done() {
            names();
            String rules = rules();
            application();
            boolean keys = tokens("client.token.", "switchboard.token.");
            if (options.is("client.subscription_token.enabled")
                    && !tokens("client.subscription_token.", "switchboard.token.subscription.")) {
                report.refused("client.subscription_token.enabled", "without a key the connection keys would count");
            }
            access(keys);
            api();
            limits();
            settings.putAll(endpoints.settings());
            String command = command();
            ignored();
            for (String unused : options.unused()) {
                if (Variables.isUnknownRight(unused)) {
                    report.refused(unused, "this variable is not read; write the option into the file instead");
                } else {
                    report.missing(unused, advice(unused));
                }
            }
            return new Takeover(settings, rules, report.lines(), report.isRefused(), command);
        }

        /** Refuses names of channels that mean something else here. */
        private void names() {
            Map<String, String> fixed = Map.of(
                    "private_prefix", "$", "namespace_boundary", ":", "user_boundary", "#", "user_separator", ",");
            fixed.forEach((name, here) -> {
                String option = "channel." + name;
                String value = options.text(option);
                if (!value.isEmpty() && !value.equals(here)) {
                    report.refused(option, "it is always " + here + " here, so " + value + " would protect no channel");
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
            return Json.text(rules);
        }

        private void access(boolean keys) {
            boolean open = options.is("client.allow_anonymous_connect_without_token");
            boolean asks = endpoints.settings().containsKey("switchboard.hooks.connect");
            String access = open ? "open" : asks && !keys ? "login" : "token"; // token needs a key
            settings.put("switchboard.access", access);
            report.taken("client.allow_anonymous_connect_without_token", "switchboard.access=" + access);
            if (options.is("client.insecure")) {
                report.stricter("client.insecure", "rights hold; switchboard.insecure=true is for tests alone");
            }
            if (options.is("client.insecure_skip_token_signature_verify")) {
                report.stricter(
                        "client.insecure_skip_token_signature_verify", "signatures of tokens are always checked");
            }
            if (options.is("client.disallow_anonymous_connection_tokens")) {
                report.refused(
                        "client.disallow_anonymous_connection_tokens",
                        "the relay takes tokens without a user; have your issuer make none, and remove the option");
            }
            List<String> origins = options.texts("client.allowed_origins").stream()
                    .filter(origin -> !origin.isEmpty())
                    .toList();
            List<String> known = origins.stream().filter(Work::isOrigin).toList();
            origins.stream()
                    .filter(origin -> !isOrigin(origin))
                    .forEach(origin -> report.stricter(
                            "client.allowed_origins " + origin,
                            "the relay knows whole origins, https://*.example.com and *"));
            set("client.allowed_origins", "switchboard.origins", String.join(",", known));
        }

        private static boolean isOrigin(String origin) {
            String host = origin.replaceFirst("^https?://(\\*\\.)?", "");
            return origin.equals("*") || !host.equals(origin) && host.indexOf('*') < 0 && host.indexOf('?') < 0;
        }

        /** Takes the keys of tokens, and returns false if there is none. With a JWKS Centrifugo uses no other. */
        private boolean tokens(String from, String to) {
            String jwks = options.text(from + "jwks_public_endpoint");
            String keys =
                    (options.text(from + "rsa_public_key") + "\n" + options.text(from + "ecdsa_public_key")).strip();
            String until = options.text(from + "hmac_previous_secret_key_valid_until");
            if (jwks.isEmpty()) {
                secret(from + "hmac_secret_key", to + "secret");
                secret(from + "hmac_previous_secret_key", to + "secret.previous");
                set(from + "rsa_public_key, ecdsa_public_key", to + "keys", keys);
                if (!until.isEmpty() && !until.equals("0")) {
                    report.refused(
                            from + "hmac_previous_secret_key_valid_until",
                            "the previous secret would serve for ever; remove it, or remove the time");
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
                    report.refused(from + claim + "_regex", "tokens of any " + claim + " would be let in");
                }
                String value = options.text(from + claim);
                if (to.equals("switchboard.token.")) {
                    set(from + claim, to + claim, value);
                } else if (!value.equals(settings.getOrDefault("switchboard.token." + claim, ""))) {
                    report.refused(from + claim, "it is the same for tokens of both kinds here");
                }
            }
            String user = options.text(from + "user_id_claim");
            String other = settings.getOrDefault("switchboard.token.user.claim", "");
            if (to.equals("switchboard.token.")) {
                set(from + "user_id_claim", "switchboard.token.user.claim", user);
            } else if (!user.equals(other)) {
                report.refused(from + "user_id_claim", "it is the same for tokens of both kinds here");
            }
        }

        private void secret(String from, String to) {
            String secret = options.text(from);
            set(from, to, secret);
            if (!secret.isEmpty() && secret.length() < KEY_CHARACTERS) {
                report.stricter(from, "a secret has 32 bytes or more, unless switchboard.token.secret.short=true");
            }
        }

        private void api() {
            String key = options.text("http_api.key");
            if (options.is("http_api.disabled")) {
                report.taken("http_api.disabled", "no key, so there is no API");
            } else if (key.isEmpty() || key.length() >= KEY_CHARACTERS) {
                set("http_api.key", "switchboard.api.key", key);
            } else {
                report.stricter("http_api.key", "a key has 32 characters or more; without one there is no API");
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
                report.missing(
                        from, "the relay takes a time up to " + LONGEST_TIME.toHours() + "h, and has its default");
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
                if (enabled && !endpoints.take(event, named.isEmpty() ? Endpoints.DEFAULT : named)) {
                    report.refused(option, "clients would be admitted without a question to the application");
                }
            }
            boolean rpc = options.is("rpc.without_namespace.proxy_enabled");
            String name = options.text("rpc.without_namespace.proxy_name") + options.text("rpc_proxy_name");
            if ((rpc || isOld && !name.isEmpty()) && endpoints.take("rpc", name.isEmpty() ? Endpoints.DEFAULT : name)) {
                report.taken("rpc", "the hook gets each method, also of other namespaces");
            }
        }

        private String command() {
            String address = options.text("http_server.address");
            String port = options.text("http_server.port");
            return "java -jar switchboard.war --settings=switchboard.properties"
                    + (address.isEmpty() ? "" : " --host=" + address)
                    + (port.isEmpty() ? "" : " --port=" + port);
        }

        /** Reads what the endpoints that are in use no longer need a word for. */
        private void ignored() {
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

    /** Returns the lines of a properties file, in the order of the settings. */
    public String properties() {
        return settings.entrySet().stream()
                .map(setting -> line(setting.getKey(), setting.getValue()))
                .collect(Collectors.joining());
    }

    /** Returns one line of a properties file, with the escapes that it needs. */
    public static String line(String name, String value) {
        Properties one = new Properties();
        one.setProperty(name, value);
        StringWriter written = new StringWriter();
        try {
            one.store(written, null);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return written.toString().lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining()) + "\n";
    }
}
