package dev.switchboard;

import dev.switchboard.access.AccessSettings;
import dev.switchboard.hooks.Statuses;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Names every setting, with its default: {@code OUTBOX_AGE} is {@code switchboard.outbox.age}. */
enum Setting {
    MESSAGE_BYTES("65536"),
    MESSAGE_FRAGMENTS("1024"),
    MESSAGE_TIME("10s"),
    OUTBOX_BYTES("1048576"),
    OUTBOX_AGE("10s"),
    OUTBOX_TOTAL(""),
    WRITE_TIMEOUT("10s"),
    PING_INTERVAL("25s"),
    PONG_TIMEOUT("8s"),
    CONNECT_TIMEOUT("10s"),
    CLIENT_CHANNELS("128"),
    CLIENT_COMMANDS("1000"),
    CLIENT_PUBLISHES("1000"),
    CLIENT_ERRORS("100"),
    RAW_PUBLISHES(""),
    CONNECTIONS("100000"),
    CONNECTIONS_USER("100"),
    CONNECTIONS_ADDRESS(""),
    CONNECTIONS_WAITING("10000"),
    HANDSHAKES("1000"),
    HANDSHAKES_BURST("20000"),
    DRAIN_TIME("30s"),
    DRAIN_RATE("1000"),
    HISTORY_BYTES("67108864"),
    ENGINE("memory"),
    ENGINE_PATH(""),
    ENGINE_SYNC("interval"),
    REDIS_URL("", Kind.SECRET),
    REDIS_PREFIX("switchboard"),
    REDIS_FENCE("true"),
    REDIS_TIMEOUT("2s"),
    REDIS_CONNECT_TIMEOUT("1s"),
    ORIGINS(""),
    HOSTS(""),
    PROXIES(""),
    LOGIN_KEEPALIVE("false"),
    METRICS_KEY("", Kind.SECRET),
    ADMIN_PASSWORD("", Kind.SECRET),
    ADMIN_ROLE(""),
    ADMIN_READER_PASSWORD("", Kind.SECRET),
    ADMIN_READER_ROLE(""),
    API_KEY("", Kind.SECRET),
    API_KEYS(""),
    API_MESSAGE_BYTES("1048576"),
    API_ERRORS("reply"),
    LOG_FORMAT("text"),
    RULES(""),
    ACCESS("open"),
    INSECURE("false"),
    TOKEN_SECRET("", Kind.SECRET),
    TOKEN_SECRET_PREVIOUS("", Kind.SECRET),
    TOKEN_SECRET_SHORT("false"),
    TOKEN_KEYS(""),
    TOKEN_JWKS("", Kind.SECRET),
    TOKEN_SUBSCRIPTION_SECRET("", Kind.SECRET),
    TOKEN_SUBSCRIPTION_SECRET_PREVIOUS("", Kind.SECRET),
    TOKEN_SUBSCRIPTION_KEYS(""),
    TOKEN_SUBSCRIPTION_JWKS("", Kind.SECRET),
    TOKEN_USER_CLAIM(AccessSettings.SUBJECT),
    TOKEN_EXP_OPTIONAL("false"),
    TOKEN_AUDIENCE(""),
    TOKEN_ISSUER(""),
    TOKEN_LIFETIME("24h"),
    TOKEN_LEEWAY("5s"),
    TOKEN_ONCE("false"),
    TOKEN_GRACE("25s"),
    HOOKS_CONNECT("", Kind.SECRET),
    HOOKS_SUBSCRIBE("", Kind.SECRET),
    HOOKS_PUBLISH("", Kind.SECRET),
    HOOKS_RPC("", Kind.SECRET),
    HOOKS_REFRESH("", Kind.SECRET),
    HOOKS_SUB_REFRESH("", Kind.SECRET),
    HOOKS_DISCONNECT("", Kind.SECRET),
    HOOKS_VACATED("", Kind.SECRET),
    HOOKS_VACATED_AFTER("10s"),
    HOOKS_TIMEOUT("2s"),
    HOOKS_CONCURRENCY("64"),
    HOOKS_HEADERS(""),
    HOOKS_HEADERS_FIXED("", Kind.SECRET),
    HOOKS_STATUS(Statuses.DEFAULT),
    HOOKS_META("false"),
    HOOKS_SECRET("", Kind.SECRET);

    /** The start of the key of every setting. */
    static final String PREFIX = "switchboard.";

    /** What errors and operators may see of a value. */
    private enum Kind {
        PLAIN,
        /** The value is shown nowhere, because it is a secret or may hold one. */
        SECRET
    }

    private static final Map<String, Setting> BY_KEY =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Setting::key, Function.identity()));

    private final String key = PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '.');
    private final String defaultValue;
    private final Kind kind;

    Setting(String defaultValue) {
        this(defaultValue, Kind.PLAIN);
    }

    Setting(String defaultValue, Kind kind) {
        this.defaultValue = defaultValue;
        this.kind = kind;
    }

    /** Returns null if there is no such setting. */
    static @Nullable Setting find(String key) {
        return BY_KEY.get(key);
    }

    /** Returns the setting of a key that the relay itself uses. */
    static Setting of(String key) {
        return Objects.requireNonNull(BY_KEY.get(key), key);
    }

    /** Returns all keys in the order of the alphabet. */
    static List<String> keys() {
        return BY_KEY.keySet().stream().sorted().toList();
    }

    /** Returns the name by which operators know the setting. */
    String key() {
        return key;
    }

    /** Returns an empty text if the setting has no default. */
    String defaultValue() {
        return defaultValue;
    }

    /** Returns the value for an operator, who sees no secret. */
    String masked(String value) {
        return kind == Kind.SECRET && !value.isEmpty() ? "•••" : value;
    }

    /** Returns the setting for an error: with its value, unless the value may hold a secret. */
    String quote(String value) {
        return kind == Kind.SECRET ? key : key + "=" + value;
    }
}
