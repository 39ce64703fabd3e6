package dev.switchboard;

import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.AccessSettings.UnsafeOption;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.ApiSettings;
import dev.switchboard.access.ApiSettings.Errors;
import dev.switchboard.access.Hosts;
import dev.switchboard.access.Key;
import dev.switchboard.access.Origins;
import dev.switchboard.access.Proxies;
import dev.switchboard.access.TokenKeys;
import dev.switchboard.console.ConsoleSettings;
import dev.switchboard.console.Password;
import dev.switchboard.engine.EngineSettings;
import dev.switchboard.engine.file.Sync;
import dev.switchboard.engine.redis.RedisSettings;
import dev.switchboard.engine.redis.RedisUrl;
import dev.switchboard.hooks.HooksSettings;
import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hooks.Statuses;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.ServerApi;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds what the operator has chosen, checked once at start.
 *
 * <p>A setting {@code switchboard.outbox.age} is a system property of that name, else the
 * environment variable {@code SWITCHBOARD_OUTBOX_AGE}, else a context parameter of that name. If a
 * key is unknown or a value is malformed, an {@link IllegalArgumentException} names the key.
 *
 * @param messageBytes maximum bytes of a message from a client
 * @param messageFragments maximum number of fragments of such a message
 * @param limits limits of each client
 * @param capacity limits of all clients of this node together
 * @param quota limits of each client of the client protocol
 * @param rawPublishes maximum messages of a raw client in a second, or {@link #UNLIMITED}
 * @param drainTime maximum time of a drain
 * @param drainRate number of clients that a drain disconnects in a second
 * @param historyBytes maximum bytes of all histories of this node
 * @param engine place of the histories
 * @param origins origins of pages that may connect
 * @param hosts names of the server that clients may use
 * @param proxies proxies that are trusted to name the address of a client
 * @param keepLogin whether a connection keeps the HTTP session of its login from expiring
 * @param metricsKey key with which another machine reads the metrics
 * @param api keys and limits of the server API
 * @param access conditions under which clients may connect
 * @param rules file of the channel rules, null for those in the WAR
 * @param hooks URLs of the application, and how the relay calls them
 * @param logFormat form of the lines about clients
 * @param console ways into the console
 * @param all all settings, without secrets, for operators
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
        long historyBytes,
        EngineSettings engine,
        Origins origins,
        Hosts hosts,
        Proxies proxies,
        boolean keepLogin,
        Key metricsKey,
        ApiSettings api,
        AccessSettings access,
        @Nullable Path rules,
        HooksSettings hooks,
        EventLog.Format logFormat,
        ConsoleSettings console,
        List<InForce> all) {

    /**
     * A setting as it holds.
     *
     * @param value dots if the value may be a secret; empty if there is none
     * @param source where the value comes from, in words
     */
    public record InForce(String name, String value, String source) {}

    /** The value of a limit that the operator has not set. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** The part of the heap, as a divisor, that all outboxes together may hold by default. */
    private static final int OUTBOX_SHARE = 5;

    /** The bytes of one subscribe command: a token of 2 KiB, and the rest. */
    private static final int SUBSCRIBE_BYTES = 2560;

    /** The bytes of a frame beside its publication: the channel, the position, the sender. */
    private static final int ENVELOPE_BYTES = 1024;

    /** The largest frame in bytes that Payara takes; see {@code WEB-INF/web.xml}. */
    private static final int MOST_COMMAND_BYTES = 384 * 1024;

    /**
     * Returns the maximum bytes of a message of the client protocol. A library subscribes to all
     * its channels by one message. Any other command may have {@link #messageBytes}.
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
        SettingValues values = new SettingValues(properties, environment, contextParameters);
        int messageBytes = values.count(Setting.MESSAGE_BYTES);
        int outboxBytes = values.count(Setting.OUTBOX_BYTES);
        if (outboxBytes < messageBytes + Frame.OVERHEAD) {
            throw new IllegalArgumentException("switchboard.outbox.bytes=" + outboxBytes
                    + " is too small for one message of switchboard.message.bytes=" + messageBytes + " and "
                    + Frame.OVERHEAD
                    + " bytes beside it");
        }
        AccessSettings access = access(values);
        Origins origins = values.parseList(Setting.ORIGINS, entries -> new Origins(Set.copyOf(entries)));
        Hosts named = values.parseList(Setting.HOSTS, entries -> Hosts.of(entries, origins));
        return new Settings(
                messageBytes,
                values.count(Setting.MESSAGE_FRAGMENTS),
                new ClientLimits(
                        values.duration(Setting.MESSAGE_TIME),
                        outboxBytes,
                        values.duration(Setting.OUTBOX_AGE),
                        values.duration(Setting.WRITE_TIMEOUT),
                        values.duration(Setting.PING_INTERVAL),
                        values.duration(Setting.PONG_TIMEOUT),
                        values.duration(Setting.CONNECT_TIMEOUT),
                        values.count(Setting.CLIENT_CHANNELS),
                        values.durationOrZero(Setting.TOKEN_GRACE)),
                new NodeLimits(
                        values.count(Setting.CONNECTIONS),
                        values.count(Setting.CONNECTIONS_USER),
                        values.countOr(UNLIMITED, Setting.CONNECTIONS_ADDRESS),
                        values.count(Setting.CONNECTIONS_WAITING),
                        values.count(Setting.HANDSHAKES),
                        values.count(Setting.HANDSHAKES_BURST),
                        values.bytesOr(Runtime.getRuntime().maxMemory() / OUTBOX_SHARE, Setting.OUTBOX_TOTAL)),
                new CentrifugeProtocol.Quota(
                        values.count(Setting.CLIENT_COMMANDS),
                        values.count(Setting.CLIENT_PUBLISHES),
                        values.count(Setting.CLIENT_ERRORS),
                        messageBytes),
                values.countOr(UNLIMITED, Setting.RAW_PUBLISHES),
                values.duration(Setting.DRAIN_TIME),
                values.count(Setting.DRAIN_RATE),
                values.bytes(Setting.HISTORY_BYTES),
                engine(values),
                origins,
                access.isOpen() ? named : Hosts.unchecked(),
                values.parseList(Setting.PROXIES, Proxies::new),
                values.flag(Setting.LOGIN_KEEPALIVE),
                values.parse(Setting.METRICS_KEY, Key::new),
                api(Math.max(messageBytes, outboxBytes - ENVELOPE_BYTES), values),
                access,
                values.file(Setting.RULES),
                hooks(values),
                values.parse(Setting.LOG_FORMAT, text -> switch (text) {
                    case "text" -> EventLog.Format.TEXT;
                    case "json" -> EventLog.Format.JSON;
                    default -> throw new IllegalArgumentException("must be text or json");
                }),
                console(values),
                values.inForce());
    }

    private static ConsoleSettings console(SettingValues values) {
        return new ConsoleSettings(
                values.parse(Setting.ADMIN_PASSWORD, Password::of),
                values.text(Setting.ADMIN_ROLE),
                values.parse(Setting.ADMIN_READER_PASSWORD, Password::of),
                values.text(Setting.ADMIN_READER_ROLE));
    }

    private enum EngineKind {
        MEMORY,
        FILE,
        REDIS
    }

    private static EngineSettings engine(SettingValues values) {
        EngineKind kind = values.parse(Setting.ENGINE, text -> switch (text) {
            case "memory" -> EngineKind.MEMORY;
            case "file" -> EngineKind.FILE;
            case "redis" -> EngineKind.REDIS;
            default -> throw new IllegalArgumentException("must be memory, file or redis");
        });
        Path path = values.file(Setting.ENGINE_PATH);
        if ((kind == EngineKind.FILE) != (path != null)) {
            throw new IllegalArgumentException(
                    "switchboard.engine=file and switchboard.engine.path need each other: the path names a folder");
        }
        List<RedisUrl> servers =
                values.parse(Setting.REDIS_URL, text -> text.isEmpty() ? List.of() : RedisUrl.list(text));
        if ((kind == EngineKind.REDIS) == servers.isEmpty()) {
            throw new IllegalArgumentException("switchboard.engine=redis and switchboard.redis.url need each other:"
                    + " the URL looks like redis://user:password@host:6379");
        }
        return new EngineSettings(
                path,
                values.parse(Setting.ENGINE_SYNC, text -> switch (text) {
                    case "always" -> Sync.ALWAYS;
                    case "interval" -> Sync.INTERVAL;
                    case "os" -> Sync.OS;
                    default -> throw new IllegalArgumentException("must be always, interval or os");
                }),
                new RedisSettings(
                        servers,
                        values.parse(Setting.REDIS_PREFIX, RedisSettings::prefix),
                        values.flag(Setting.REDIS_FENCE),
                        values.duration(Setting.REDIS_CONNECT_TIMEOUT),
                        values.duration(Setting.REDIS_TIMEOUT)));
    }

    private static AccessSettings access(SettingValues values) {
        Access access = values.parse(Setting.ACCESS, text -> switch (text) {
            case "open" -> Access.OPEN;
            case "login" -> Access.LOGIN;
            case "token" -> Access.TOKEN;
            default -> throw new IllegalArgumentException("must be open, login or token");
        });
        boolean insecure = values.flag(Setting.INSECURE);
        Set<UnsafeOption> unsafe = Arrays.stream(UnsafeOption.values())
                .filter(option -> values.flag(Setting.of(option.setting())))
                .collect(Collectors.toUnmodifiableSet());
        return new AccessSettings(
                insecure ? Access.INSECURE : access,
                TokenKeys.of(
                        "switchboard.token",
                        values.text(Setting.TOKEN_SECRET),
                        values.text(Setting.TOKEN_SECRET_PREVIOUS),
                        values.text(Setting.TOKEN_KEYS),
                        values.url(Setting.TOKEN_JWKS),
                        insecure),
                TokenKeys.of(
                        "switchboard.token.subscription",
                        values.text(Setting.TOKEN_SUBSCRIPTION_SECRET),
                        values.text(Setting.TOKEN_SUBSCRIPTION_SECRET_PREVIOUS),
                        values.text(Setting.TOKEN_SUBSCRIPTION_KEYS),
                        values.url(Setting.TOKEN_SUBSCRIPTION_JWKS),
                        insecure),
                values.text(Setting.TOKEN_AUDIENCE),
                values.text(Setting.TOKEN_ISSUER),
                values.parse(Setting.TOKEN_USER_CLAIM, Settings::claim),
                values.duration(Setting.TOKEN_LIFETIME),
                values.duration(Setting.TOKEN_LEEWAY),
                values.flag(Setting.TOKEN_ONCE) ? AccessSettings.Use.ONCE : AccessSettings.Use.REPEATED,
                unsafe);
    }

    private static String claim(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("must be the name of a claim");
        }
        return name;
    }

    /** {@code maxBytes} is the size of the largest publication that an outbox can hold. */
    private static ApiSettings api(int maxBytes, SettingValues values) {
        return new ApiSettings(
                new ApiKeys(
                        values.text(Setting.API_KEY),
                        values.file(Setting.API_KEYS),
                        values.flag(Setting.INSECURE),
                        ServerApi.methods()),
                Math.min(values.count(Setting.API_MESSAGE_BYTES), maxBytes),
                values.parse(Setting.API_ERRORS, text -> switch (text) {
                    case "reply" -> Errors.REPLY;
                    case "transport" -> Errors.TRANSPORT;
                    default -> throw new IllegalArgumentException("must be reply or transport");
                }));
    }

    private static HooksSettings hooks(SettingValues values) {
        Map<Event, URI> urls = new EnumMap<>(Event.class);
        for (Event event : Event.values()) {
            URI url = values.url(Setting.of(event.setting()));
            if (url != null) {
                urls.put(event, url);
            }
        }
        return new HooksSettings(
                urls,
                values.duration(Setting.HOOKS_TIMEOUT),
                values.count(Setting.HOOKS_CONCURRENCY),
                values.list(Setting.HOOKS_HEADERS),
                values.text(Setting.HOOKS_SECRET),
                values.duration(Setting.HOOKS_VACATED_AFTER),
                values.parseList(Setting.HOOKS_HEADERS_FIXED, HooksSettings::fixedHeaders),
                values.parseList(Setting.HOOKS_STATUS, Statuses::of),
                values.flag(Setting.HOOKS_META));
    }
}
