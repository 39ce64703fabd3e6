package dev.switchboard.web;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParsingException;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks the members of a rules file before JSON-B binds them, because the messages of JSON-B name
 * Java classes.
 */
final class RulesMembers {

    private static final String DEFAULTS = "defaults";
    private static final Set<String> TOP = new TreeSet<>(List.of(DEFAULTS, "namespaces", "channels"));
    private static final Set<String> OF_RULE = Arrays.stream(RulesFile.Rule.class.getFields())
            .map(Field::getName)
            .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
            .collect(Collectors.toCollection(TreeSet::new));

    /** The largest number of wrong letters in a name for which another is proposed. */
    private static final int MAX_WRONG = 3;

    private RulesMembers() {}

    /**
     * Throws an {@link IllegalArgumentException} that names the line, or the member, of a fault.
     */
    static void require(byte[] json) {
        JsonObject file = object("the whole file", value(json));
        known("", file, TOP);
        file.forEach((name, value) -> {
            if (value.equals(JsonValue.NULL)) {
                return; // RulesFile names it
            }
            if (name.equals(DEFAULTS)) {
                known(name + ".", object(name, value), OF_RULE);
            } else {
                object(name, value).forEach((channel, rule) -> {
                    if (!rule.equals(JsonValue.NULL)) {
                        String path = name + "." + channel;
                        known(path + ".", object(path, rule), OF_RULE);
                    }
                });
            }
        });
    }

    private static JsonValue value(byte[] json) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(json))) {
            return reader.readValue();
        } catch (JsonParsingException malformed) {
            throw new IllegalArgumentException(
                    "line " + malformed.getLocation().getLineNumber() + ", column "
                            + malformed.getLocation().getColumnNumber() + ": this is no JSON",
                    malformed);
        } catch (JsonException malformed) {
            throw new IllegalArgumentException("this is no JSON: " + malformed.getMessage(), malformed);
        }
    }

    private static JsonObject object(String path, JsonValue value) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException(path + ": must be an object");
    }

    private static void known(String path, JsonObject object, Set<String> names) {
        for (String name : object.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(path + name + ": no such member; " + proposal(name, names));
            }
        }
    }

    private static String proposal(String name, Set<String> names) {
        String nearest = names.stream()
                .min(Comparator.comparingInt(known -> distance(name, known)))
                .orElse("");
        return distance(name, nearest) <= MAX_WRONG
                ? "did you mean " + nearest + "?"
                : "there are " + String.join(", ", names);
    }

    /** Returns the number of letters to add, remove or replace (Levenshtein distance). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
