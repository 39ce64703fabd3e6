package dev.switchboard;

import dev.switchboard.access.Origins;
import dev.switchboard.hub.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
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
 * @param rules the file of the channel rules, null for those in the WAR
 */
public record Settings(
        int messageBytes,
        int messageFragments,
        Limits limits,
        Origins origins,
        @Nullable Path rules) {

    private static final String PREFIX = "switchboard.";

    /** Every key with its default. */
    static final Map<String, String> DEFAULTS = Map.of(
            "switchboard.message.bytes", "65536",
            "switchboard.message.fragments", "1024",
            "switchboard.outbox.bytes", "1048576",
            "switchboard.outbox.age", "10s",
            "switchboard.write.timeout", "10s",
            "switchboard.ping.interval", "25s",
            "switchboard.pong.timeout", "8s",
            "switchboard.origins", "",
            "switchboard.rules", "");

    /** Kubernetes sets such variables in every pod beside a service named switchboard. */
    private static final Pattern OF_KUBERNETES = Pattern.compile("SWITCHBOARD_(SERVICE_.*|PORT(_.*)?)");

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private static final Map<String, ChronoUnit> UNITS =
            Map.of("ms", ChronoUnit.MILLIS, "s", ChronoUnit.SECONDS, "m", ChronoUnit.MINUTES, "h", ChronoUnit.HOURS);

    /** What a counter of nanoseconds can hold with ease. */
    private static final Duration LONGEST = Duration.ofDays(365);

    /** Reads the three sources of this process. */
    public static Settings read(Map<String, String> contextParameters) {
        Map<String, String> properties = System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, name -> System.getProperty(name, "")));
        return of(properties, System.getenv(), contextParameters);
    }

    static Settings of(
            Map<String, String> properties, Map<String, String> environment, Map<String, String> contextParameters) {
        Map<String, String> values = new TreeMap<>(DEFAULTS);
        take(contextParameters, name -> name, values);
        take(environment, Settings::keyOfVariable, values);
        take(properties, name -> name, values);

        int messageBytes = count("switchboard.message.bytes", values);
        int outboxBytes = count("switchboard.outbox.bytes", values);
        if (outboxBytes < messageBytes + Limits.FRAME_OVERHEAD) {
            throw new IllegalArgumentException("switchboard.outbox.bytes=" + outboxBytes
                    + " is too small for one message of switchboard.message.bytes=" + messageBytes + " and "
                    + Limits.FRAME_OVERHEAD
                    + " bytes beside it");
        }
        return new Settings(
                messageBytes,
                count("switchboard.message.fragments", values),
                new Limits(
                        outboxBytes,
                        duration("switchboard.outbox.age", values),
                        duration("switchboard.write.timeout", values),
                        duration("switchboard.ping.interval", values),
                        duration("switchboard.pong.timeout", values)),
                parse("switchboard.origins", values, Settings::origins),
                parse("switchboard.rules", values, file -> file.isEmpty() ? null : Path.of(file)));
    }

    private static String keyOfVariable(String variable) {
        boolean ours = variable.startsWith("SWITCHBOARD_")
                && !OF_KUBERNETES.matcher(variable).matches();
        return ours ? variable.toLowerCase(Locale.ROOT).replace('_', '.') : "";
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
        String value = values.getOrDefault(key, "");
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(key + "=" + value + ": " + malformed.getMessage(), malformed);
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

    private static Duration duration(String key, Map<String, String> values) {
        return parse(key, values, text -> {
            Matcher matcher = DURATION.matcher(text);
            Duration duration = matcher.matches()
                    ? Duration.of(Long.parseLong(matcher.group(1)), UNITS.get(matcher.group(2)))
                    : Duration.ZERO;
            if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "must be a time above zero and up to 8760h, such as 500ms, 10s, 5m or 1h");
            }
            return duration;
        });
    }

    private static Origins origins(String text) {
        Set<String> entries = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .collect(Collectors.toSet());
        return new Origins(entries);
    }
}
