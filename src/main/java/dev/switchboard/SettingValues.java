package dev.switchboard;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of settings, as text or as what the text stands for.
 *
 * <p>Each {@link IllegalArgumentException} names the setting. It quotes the value only if that
 * holds no secret.
 */
final class SettingValues {

    /** Kubernetes sets such variables in every pod beside a service named switchboard. */
    private static final Pattern OF_KUBERNETES = Pattern.compile("SWITCHBOARD_(SERVICE_.*|PORT(_.*)?)");

    private final Map<Setting, String> values = new EnumMap<>(Setting.class);

    /** The source of each of the values, in words. */
    private final Map<Setting, String> sources = new EnumMap<>(Setting.class);

    /** A property is preferred to a variable, and a variable to a context parameter. */
    SettingValues(
            Map<String, String> properties, Map<String, String> environment, Map<String, String> contextParameters) {
        take(contextParameters, "context parameter", SettingValues::keyOfName);
        take(environment, "environment variable", SettingValues::keyOfVariable);
        take(properties, "system property", SettingValues::keyOfName);
    }

    private void take(Map<String, String> source, String words, Function<String, String> keyOf) {
        source.forEach((name, value) -> {
            String key = keyOf.apply(name);
            if (key.startsWith(Setting.PREFIX)) {
                Setting setting = Setting.find(key);
                if (setting == null) {
                    throw new IllegalArgumentException(unknown(name, key));
                }
                values.put(setting, value.strip());
                sources.put(setting, words);
            }
        });
    }

    private static String unknown(String name, String key) {
        List<String> near = Spelling.near(key, Setting.keys());
        return "unknown setting " + name
                + (near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?")
                + (near.isEmpty() ? "; there are " : " There are ")
                + String.join(", ", Setting.keys());
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

    /** Returns all settings in the order of the alphabet, without secrets. */
    List<Settings.InForce> inForce() {
        return Setting.keys().stream()
                .map(Setting::of)
                .map(setting -> new Settings.InForce(
                        setting.key(), setting.masked(text(setting)), sources.getOrDefault(setting, "default")))
                .toList();
    }

    /** Returns an empty text if the setting has neither a value nor a default. */
    String text(Setting setting) {
        return values.getOrDefault(setting, setting.defaultValue());
    }

    /**
     * Returns what {@code parser} makes of the text; its {@link IllegalArgumentException} gets the
     * name of the setting.
     */
    <T extends @Nullable Object> T parse(Setting setting, Function<String, T> parser) {
        String value = text(setting);
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(setting.quote(value) + ": " + malformed.getMessage());
        }
    }

    /** As {@link #parse}, for entries with commas between them. */
    <T> T parseList(Setting setting, Function<List<String>, T> parser) {
        return parse(setting, text -> parser.apply(entries(text)));
    }

    List<String> list(Setting setting) {
        return entries(text(setting));
    }

    private static List<String> entries(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .distinct()
                .toList();
    }

    int count(Setting setting) {
        return parse(setting, text -> {
            if (!text.matches("[1-9]\\d{0,8}")) {
                throw new IllegalArgumentException("must be a whole number from 1 to 999999999");
            }
            return Integer.parseInt(text);
        });
    }

    int countOr(int absent, Setting setting) {
        return text(setting).isEmpty() ? absent : count(setting);
    }

    /** Returns a number that may be larger than the heap of this machine. */
    long bytesOr(long absent, Setting setting) {
        return text(setting).isEmpty() ? absent : bytes(setting);
    }

    /** Returns a number that may be larger than the heap of this machine. */
    long bytes(Setting setting) {
        return parse(setting, text -> {
            if (!text.matches("[1-9]\\d{0,14}")) {
                throw new IllegalArgumentException("must be a whole number from 1 to 999999999999999");
            }
            return Long.parseLong(text);
        });
    }

    /** Returns a time above zero. */
    Duration duration(Setting setting) {
        return parse(setting, TimeText::parse);
    }

    Duration durationOrZero(Setting setting) {
        return parse(setting, text -> {
            try {
                return text.matches("0(ms|s|m|h)?") ? Duration.ZERO : TimeText.parse(text);
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException("must be 0 or a time up to 8760h, such as 500ms, 10s, 5m or 1h");
            }
        });
    }

    boolean flag(Setting setting) {
        return parse(setting, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        });
    }

    /** Returns null if the text is empty. */
    @Nullable
    Path file(Setting setting) {
        return parse(setting, text -> text.isEmpty() ? null : Path.of(text));
    }

    /**
     * Returns null if the text is empty. A URL may hold a password, so the error quotes nothing of
     * it.
     */
    @Nullable
    URI url(Setting setting) {
        return parse(setting, text -> {
            try {
                return text.isEmpty() ? null : new URI(text);
            } catch (URISyntaxException malformed) {
                throw new IllegalArgumentException("no URL: " + malformed.getReason());
            }
        });
    }
}
