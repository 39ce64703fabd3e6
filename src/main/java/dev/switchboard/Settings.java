package dev.switchboard;

import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.AccessSettings.Let;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.ApiSettings;
import dev.switchboard.access.ApiSettings.Errors;
import dev.switchboard.access.Hosts;
import dev.switchboard.access.Key;
import dev.switchboard.access.Origins;
import dev.switchboard.access.Proxies;
import dev.switchboard.access.TokenKeys;
import dev.switchboard.hooks.HooksSettings;
import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hooks.Statuses;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.ServerApi;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may choose, checked once at start.
 *
 * <p>A setting {@code switchboard.outbox.age} is a system property of that name, else the environment variable
 * {@code SWITCHBOARD_OUTBOX_AGE}, else a context parameter of that name. A key that is unknown or a value that is malformed is an
 * {@link IllegalArgumentException} whose message names the key.
 *
 * @param capacity what all clients of this node may take
 * @param quota what one client of the client protocol may ask for
 * @param rawPublishes how many messages a raw client may send in a second, {@link #UNLIMITED} for any
 * @param drainTime within what time all clients are sent away when the relay stops
 * @param drainRate how many of them in a second
 * @param hosts by which names clients may call
 * @param proxies whose word for where a client comes from is taken
 * @param keepLogin whether an HTTP session of the container lives as long as a connection of it
 * @param metricsKey with which the metrics may be read from elsewhere
 * @param api who may call the server API, and how
 * @param historyBytes what all histories of this node may hold
 * @param rules the file of the channel rules, null for those in the WAR
 * @param hooks who is asked and told what happens
 */
public record Settings(
        int messageBytes,
        int messageFragments,
        ClientLimits limits,
        NodeLimits capacity,
        CentrifugeProtocol.Quota quota,
        int rawPublishes,
        Duration drainTime,
        int drainRate,
        int historyBytes,
        Origins origins,
        Hosts hosts,
        Proxies proxies,
        boolean keepLogin,
        Key metricsKey,
        ApiSettings api,
        AccessSettings access,
        @Nullable Path rules,
        HooksSettings hooks) {

    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Of the heap, what may wait for all clients together. */
    private static final int OUTBOX_SHARE = 5;

    /** The bytes of a message for one subscribe: a token of 2 KiB and the rest of the command. */
    private static final int SUBSCRIBE_BYTES = 2560;

    /** The bytes of a frame beside its publication: the channel, the position, the sender. */
    private static final int ENVELOPE_BYTES = 1024;

    /** The largest frame in bytes that Payara takes; see {@code WEB-INF/web.xml}. */
    private static final int MOST_COMMAND_BYTES = 384 * 1024;

    private static final String PREFIX = "switchboard.";

    /** Every key with its default. */
    static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("switchboard.message.bytes", "65536"),
            Map.entry("switchboard.message.fragments", "1024"),
            Map.entry("switchboard.message.time", "10s"),
            Map.entry("switchboard.outbox.bytes", "1048576"),
            Map.entry("switchboard.outbox.age", "10s"),
            Map.entry("switchboard.outbox.total", ""),
            Map.entry("switchboard.write.timeout", "10s"),
            Map.entry("switchboard.ping.interval", "25s"),
            Map.entry("switchboard.pong.timeout", "8s"),
            Map.entry("switchboard.connect.timeout", "10s"),
            Map.entry("switchboard.client.channels", "128"),
            Map.entry("switchboard.client.commands", "1000"),
            Map.entry("switchboard.client.publishes", "1000"),
            Map.entry("switchboard.client.errors", "100"),
            Map.entry("switchboard.raw.publishes", ""),
            Map.entry("switchboard.connections", "100000"),
            Map.entry("switchboard.connections.user", "100"),
            Map.entry("switchboard.connections.address", ""),
            Map.entry("switchboard.connections.waiting", "10000"),
            Map.entry("switchboard.handshakes", "1000"),
            Map.entry("switchboard.handshakes.burst", "20000"),
            Map.entry("switchboard.drain.time", "30s"),
            Map.entry("switchboard.drain.rate", "1000"),
            Map.entry("switchboard.history.bytes", "67108864"),
            Map.entry("switchboard.origins", ""),
            Map.entry("switchboard.hosts", ""),
            Map.entry("switchboard.proxies", ""),
            Map.entry("switchboard.login.keepalive", "false"),
            Map.entry("switchboard.metrics.key", ""),
            Map.entry("switchboard.api.key", ""),
            Map.entry("switchboard.api.keys", ""),
            Map.entry("switchboard.api.message.bytes", "1048576"),
            Map.entry("switchboard.api.errors", "reply"),
            Map.entry("switchboard.rules", ""),
            Map.entry("switchboard.access", "open"),
            Map.entry("switchboard.insecure", "false"),
            Map.entry("switchboard.token.secret", ""),
            Map.entry("switchboard.token.secret.previous", ""),
            Map.entry("switchboard.token.secret.short", "false"),
            Map.entry("switchboard.token.keys", ""),
            Map.entry("switchboard.token.jwks", ""),
            Map.entry("switchboard.token.subscription.secret", ""),
            Map.entry("switchboard.token.subscription.secret.previous", ""),
            Map.entry("switchboard.token.subscription.keys", ""),
            Map.entry("switchboard.token.subscription.jwks", ""),
            Map.entry("switchboard.token.user.claim", AccessSettings.SUBJECT),
            Map.entry("switchboard.token.exp.optional", "false"),
            Map.entry("switchboard.token.audience", ""),
            Map.entry("switchboard.token.issuer", ""),
            Map.entry("switchboard.token.lifetime", "24h"),
            Map.entry("switchboard.token.leeway", "5s"),
            Map.entry("switchboard.token.once", "false"),
            Map.entry("switchboard.token.grace", "25s"),
            Map.entry("switchboard.hooks.connect", ""),
            Map.entry("switchboard.hooks.subscribe", ""),
            Map.entry("switchboard.hooks.publish", ""),
            Map.entry("switchboard.hooks.rpc", ""),
            Map.entry("switchboard.hooks.refresh", ""),
            Map.entry("switchboard.hooks.sub.refresh", ""),
            Map.entry("switchboard.hooks.disconnect", ""),
            Map.entry("switchboard.hooks.vacated", ""),
            Map.entry("switchboard.hooks.vacated.after", "10s"),
            Map.entry("switchboard.hooks.timeout", "2s"),
            Map.entry("switchboard.hooks.concurrency", "64"),
            Map.entry("switchboard.hooks.headers", ""),
            Map.entry("switchboard.hooks.headers.fixed", ""),
            Map.entry("switchboard.hooks.status", Statuses.DEFAULT),
            Map.entry("switchboard.hooks.meta", "false"),
            Map.entry("switchboard.hooks.secret", ""));

    /** Their values are in no error. */
    private static final Set<String> SECRETS = Set.of(
            "switchboard.token.secret",
            "switchboard.token.secret.previous",
            "switchboard.token.jwks",
            "switchboard.token.subscription.secret",
            "switchboard.token.subscription.secret.previous",
            "switchboard.token.subscription.jwks",
            "switchboard.metrics.key",
            "switchboard.hooks.connect",
            "switchboard.hooks.subscribe",
            "switchboard.hooks.publish",
            "switchboard.hooks.rpc",
            "switchboard.hooks.refresh",
            "switchboard.hooks.sub.refresh",
            "switchboard.hooks.disconnect",
            "switchboard.hooks.vacated",
            "switchboard.hooks.secret",
            "switchboard.hooks.headers.fixed",
            "switchboard.api.key");

    /** Kubernetes sets such variables in every pod beside a service named switchboard. */
    private static final Pattern OF_KUBERNETES = Pattern.compile("SWITCHBOARD_(SERVICE_.*|PORT(_.*)?)");

    /**
     * Returns the size in bytes of the largest message of the client protocol. Libraries subscribe to
     * all channels by one message; for other commands {@link #messageBytes} holds.
     */
    public int commandBytes() {
        return (int) Math.max(messageBytes, Math.min(MOST_COMMAND_BYTES, (long) SUBSCRIBE_BYTES * limits.channels()));
    }

    /** Reads the three sources of this process. */
    public static Settings read(Map<String, String> contextParameters) {
        Map<String, String> properties = System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, name -> System.getProperty(name, "")));
        return of(properties, System.getenv(), contextParameters);
    }

    static Settings of(
            Map<String, String> properties, Map<String, String> environment, Map<String, String> contextParameters) {
        Map<String, String> values = new TreeMap<>(DEFAULTS);
        take(contextParameters, Settings::keyOfName, values);
        take(environment, Settings::keyOfVariable, values);
        take(properties, Settings::keyOfName, values);

        int messageBytes = count("switchboard.message.bytes", values);
        int outboxBytes = count("switchboard.outbox.bytes", values);
        if (outboxBytes < messageBytes + Frame.OVERHEAD) {
            throw new IllegalArgumentException("switchboard.outbox.bytes=" + outboxBytes
                    + " is too small for one message of switchboard.message.bytes=" + messageBytes + " and "
                    + Frame.OVERHEAD
                    + " bytes beside it");
        }
        AccessSettings access = access(values);
        Origins origins = parse("switchboard.origins", values, text -> new Origins(Set.copyOf(list(text))));
        Hosts named = parse("switchboard.hosts", values, text -> Hosts.of(list(text), origins));
        return new Settings(
                messageBytes,
                count("switchboard.message.fragments", values),
                new ClientLimits(
                        duration("switchboard.message.time", values),
                        outboxBytes,
                        duration("switchboard.outbox.age", values),
                        duration("switchboard.write.timeout", values),
                        duration("switchboard.ping.interval", values),
                        duration("switchboard.pong.timeout", values),
                        duration("switchboard.connect.timeout", values),
                        count("switchboard.client.channels", values),
                        durationOrNone("switchboard.token.grace", values)),
                new NodeLimits(
                        count("switchboard.connections", values),
                        count("switchboard.connections.user", values),
                        countOr(UNLIMITED, "switchboard.connections.address", values),
                        count("switchboard.connections.waiting", values),
                        count("switchboard.handshakes", values),
                        count("switchboard.handshakes.burst", values),
                        outboxTotal(values)),
                new CentrifugeProtocol.Quota(
                        count("switchboard.client.commands", values),
                        count("switchboard.client.publishes", values),
                        count("switchboard.client.errors", values),
                        messageBytes),
                countOr(UNLIMITED, "switchboard.raw.publishes", values),
                duration("switchboard.drain.time", values),
                count("switchboard.drain.rate", values),
                count("switchboard.history.bytes", values),
                origins,
                access.isOpen() ? named : Hosts.unchecked(),
                parse("switchboard.proxies", values, text -> new Proxies(list(text))),
                flag("switchboard.login.keepalive", values),
                parse("switchboard.metrics.key", values, Key::new),
                api(Math.max(messageBytes, outboxBytes - ENVELOPE_BYTES), values),
                access,
                file("switchboard.rules", values),
                hooks(values));
    }

    private static @Nullable Path file(String key, Map<String, String> values) {
        return parse(key, values, file -> file.isEmpty() ? null : Path.of(file));
    }

    private static String keyOfVariable(String variable) {
        boolean ours = variable.startsWith("SWITCHBOARD_")
                && !OF_KUBERNETES.matcher(variable).matches();
        return ours ? keyOfName(variable.toLowerCase(Locale.ROOT)) : "";
    }

    /** Words of Centrifugo have underscores, as in {@code sub_refresh}. */
    private static String keyOfName(String name) {
        return name.replace('_', '.');
    }

    private static void take(Map<String, String> source, Function<String, String> keyOf, Map<String, String> into) {
        source.forEach((name, value) -> {
            String key = keyOf.apply(name);
            if (key.startsWith(PREFIX)) {
                if (!DEFAULTS.containsKey(key)) {
                    throw new IllegalArgumentException("unknown setting " + name + "; there are "
                            + String.join(", ", new TreeMap<>(DEFAULTS).keySet()));
                }
                into.put(key, value.strip());
            }
        });
    }

    private static <T extends @Nullable Object> T parse(
            String key, Map<String, String> values, Function<String, T> parser) {
        String value = text(key, values);
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException malformed) {
            String named = SECRETS.contains(key) ? key : key + "=" + value;
            throw new IllegalArgumentException(named + ": " + malformed.getMessage());
        }
    }

    private static int count(String key, Map<String, String> values) {
        return parse(key, values, text -> {
            if (!text.matches("[1-9]\\d{0,8}")) {
                throw new IllegalArgumentException("must be a whole number from 1 to 999999999");
            }
            return Integer.parseInt(text);
        });
    }

    private static int countOr(int absent, String key, Map<String, String> values) {
        return text(key, values).isEmpty() ? absent : count(key, values);
    }

    private static long outboxTotal(Map<String, String> values) {
        String key = "switchboard.outbox.total";
        return parse(key, values, text -> {
            if (text.isEmpty()) {
                return Runtime.getRuntime().maxMemory() / OUTBOX_SHARE;
            }
            if (!text.matches("[1-9]\\d{0,14}")) {
                throw new IllegalArgumentException("must be a whole number from 1 to 999999999999999");
            }
            return Long.parseLong(text);
        });
    }

    private static Duration duration(String key, Map<String, String> values) {
        return parse(key, values, TimeText::parse);
    }

    private static Duration durationOrNone(String key, Map<String, String> values) {
        return parse(key, values, text -> {
            try {
                return text.matches("0(ms|s|m|h)?") ? Duration.ZERO : TimeText.parse(text);
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException("must be 0 or a time up to 8760h, such as 500ms, 10s, 5m or 1h");
            }
        });
    }

    private static AccessSettings access(Map<String, String> values) {
        Access access = parse("switchboard.access", values, text -> switch (text) {
            case "open" -> Access.OPEN;
            case "login" -> Access.LOGIN;
            case "token" -> Access.TOKEN;
            default -> throw new IllegalArgumentException("must be open, login or token");
        });
        boolean insecure = flag("switchboard.insecure", values);
        Set<Let> let = Arrays.stream(Let.values())
                .filter(each -> flag(each.setting(), values))
                .collect(Collectors.toUnmodifiableSet());
        return new AccessSettings(
                insecure ? Access.INSECURE : access,
                tokenKeys("switchboard.token", values, insecure),
                tokenKeys("switchboard.token.subscription", values, insecure),
                text("switchboard.token.audience", values),
                text("switchboard.token.issuer", values),
                parse("switchboard.token.user.claim", values, Settings::claim),
                duration("switchboard.token.lifetime", values),
                duration("switchboard.token.leeway", values),
                flag("switchboard.token.once", values) ? AccessSettings.Use.ONCE : AccessSettings.Use.REPEATED,
                let);
    }

    private static TokenKeys tokenKeys(String setting, Map<String, String> values, boolean insecure) {
        return TokenKeys.of(
                setting,
                text(setting + ".secret", values),
                text(setting + ".secret.previous", values),
                text(setting + ".keys", values),
                parse(setting + ".jwks", values, Settings::url),
                insecure);
    }

    private static String claim(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("must be the name of a claim");
        }
        return name;
    }

    /** Takes the maximum bytes of a publication that an outbox can hold. */
    private static ApiSettings api(int most, Map<String, String> values) {
        return new ApiSettings(
                new ApiKeys(
                        text("switchboard.api.key", values),
                        file("switchboard.api.keys", values),
                        flag("switchboard.insecure", values),
                        ServerApi.methods()),
                Math.min(count("switchboard.api.message.bytes", values), most),
                parse("switchboard.api.errors", values, text -> switch (text) {
                    case "reply" -> Errors.REPLY;
                    case "transport" -> Errors.TRANSPORT;
                    default -> throw new IllegalArgumentException("must be reply or transport");
                }));
    }

    private static HooksSettings hooks(Map<String, String> values) {
        Map<Event, URI> urls = new EnumMap<>(Event.class);
        for (Event event : Event.values()) {
            URI url = parse(event.setting(), values, Settings::url);
            if (url != null) {
                urls.put(event, url);
            }
        }
        return new HooksSettings(
                urls,
                duration("switchboard.hooks.timeout", values),
                count("switchboard.hooks.concurrency", values),
                parse("switchboard.hooks.headers", values, Settings::list),
                text("switchboard.hooks.secret", values),
                duration("switchboard.hooks.vacated.after", values),
                parse("switchboard.hooks.headers.fixed", values, text -> HooksSettings.fixedHeaders(list(text))),
                parse("switchboard.hooks.status", values, text -> Statuses.of(list(text))),
                flag("switchboard.hooks.meta", values));
    }

    private static boolean flag(String key, Map<String, String> values) {
        return parse(key, values, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        });
    }

    private static String text(String key, Map<String, String> values) {
        return values.getOrDefault(key, "");
    }

    /** A URL may hold a password, so the error quotes nothing of it. */
    private static @Nullable URI url(String text) {
        try {
            return text.isEmpty() ? null : new URI(text);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException("no URL: " + malformed.getReason());
        }
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .distinct()
                .toList();
    }
}
