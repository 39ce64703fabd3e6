package dev.switchboard.launcher.centrifugo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds the options of one level of a configuration, by their names in Centrifugo 6.
 *
 * <p>The name of a nested option is its path, such as {@code client.token.audience}. An option
 * counts as used when a method returns or copies its value. For one thread.
 */
final class Options {

    private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
    private static final Set<String> TRUE = Set.of("true", "1", "t", "yes", "on");

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> given = new HashMap<>();
    private final Set<String> used = new TreeSet<>();

    /** Returns nested members as options. */
    static Options nested(Map<String, Object> members) {
        Options options = new Options();
        options.flatten("", members);
        return options;
    }

    private void flatten(String prefix, Map<String, Object> members) {
        members.forEach((written, value) -> {
            String name = written.toLowerCase(Locale.ROOT); // Centrifugo ignores the case
            if (value instanceof Map<?, ?> inner) {
                flatten(prefix + name + ".", ConfigFile.members(inner));
            } else {
                values.put(prefix + name, value);
            }
        });
    }

    /** Gives an option its present name, unless the present name has a value of its own. */
    void rename(String old, String present) {
        if (old.equals(present)) {
            return;
        }
        Object value = values.remove(old);
        if (value != null && values.putIfAbsent(present, value) == null) {
            given.put(present, old);
        }
    }

    /** Returns the name that an option has in the configuration itself. */
    String given(String present) {
        return given.getOrDefault(present, present);
    }

    void put(String name, Object value) {
        values.put(name, value);
    }

    void remove(String name) {
        values.remove(name);
    }

    void putIfAbsent(String name, Object value) {
        values.putIfAbsent(name, value);
    }

    /** Copies an option, unless it is absent or the other name has a value. */
    void copy(String from, String to) {
        Object value = value(from);
        if (value != null) {
            putIfAbsent(to, value);
        }
    }

    /** Copies all options whose names begin with {@code from}. */
    void copyAll(String from, String to) {
        for (String name : names()) {
            if (name.startsWith(from)) {
                copy(name, to + name.substring(from.length()));
            }
        }
    }

    /**
     * Returns the options whose names begin with {@code prefix}, without it, and counts them as
     * used.
     */
    Options below(String prefix) {
        Options below = new Options();
        for (String name : values.keySet()) {
            if (name.startsWith(prefix)) {
                used.add(name);
                below.values.put(name.substring(prefix.length()), Objects.requireNonNull(values.get(name)));
            }
        }
        return below;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    Set<String> names() {
        return Set.copyOf(values.keySet());
    }

    /** Returns the names of the options that are not used, in order. */
    Set<String> unused() {
        Set<String> names = new TreeSet<>(values.keySet());
        names.removeAll(used);
        return names;
    }

    private @Nullable Object value(String name) {
        used.add(name);
        return values.get(name);
    }

    /** Returns true if the option is true; false if it is absent. */
    boolean is(String name) {
        Object value = value(name);
        return value != null && TRUE.contains(value.toString().toLowerCase(Locale.ROOT));
    }

    /** Returns the text of an option, empty if it is absent. */
    String text(String name) {
        Object value = value(name);
        return value == null ? "" : value.toString().strip();
    }

    /**
     * Returns a whole number, 0 if the option is absent.
     *
     * @throws IllegalArgumentException if the value is no whole number
     */
    long number(String name) {
        String text = text(name);
        try {
            return text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException(name + ": " + text + " is no whole number", wrong);
        }
    }

    /**
     * Returns a time in the format of Go, such as {@code 1m30s}, or null if the option is absent. A
     * number without a unit counts nanoseconds.
     *
     * @throws IllegalArgumentException if the value is no time
     */
    @Nullable
    Duration time(String name) {
        String text = text(name);
        if (text.isEmpty()) {
            return null;
        }
        if (text.chars().allMatch(Character::isDigit)) {
            return Duration.ofNanos(Long.parseLong(text));
        }
        Matcher matcher = SPAN.matcher(text);
        double nanos = 0;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            nanos += Double.parseDouble(matcher.group(1)) * nanos(matcher.group(2));
            end = matcher.end();
        }
        if (end != text.length()) {
            throw new IllegalArgumentException(name + ": " + text + " is no time such as 300s or 1m30s");
        }
        return Duration.ofNanos((long) nanos);
    }

    private static double nanos(String unit) {
        return switch (unit) {
            case "h" -> 3_600e9;
            case "m" -> 60e9;
            case "s" -> 1e9;
            case "ms" -> 1e6;
            case "ns" -> 1;
            default -> 1e3;
        };
    }

    /**
     * Returns the texts of a list. A single text, as in an environment variable, is a list with
     * spaces between.
     */
    List<String> texts(String name) {
        Object value = value(name);
        if (value instanceof List<?> list) {
            return list.stream().map(Object::toString).toList();
        }
        String text = value == null ? "" : value.toString().strip();
        return text.isEmpty() ? List.of() : Arrays.asList(text.split("[\\s,]+"));
    }

    /**
     * Returns the objects of a list, each with its own options. A text is read as JSON.
     *
     * @throws IllegalArgumentException if the value is no list of objects
     */
    List<Options> objects(String name) {
        Object value = value(name);
        Object list = value instanceof String text ? ConfigFile.value(name, text) : value;
        List<Options> objects = new ArrayList<>();
        if (list instanceof List<?> elements) {
            elements.forEach(element -> objects.add(nested(ConfigFile.members(element))));
        } else if (list instanceof Map<?, ?> named) {
            ConfigFile.members(named).forEach((key, element) -> {
                Options options = nested(ConfigFile.members(element));
                options.values.putIfAbsent("name", key);
                objects.add(options);
            });
        } else if (list != null) {
            throw new IllegalArgumentException(name + ": expected a list");
        }
        return objects;
    }
}
