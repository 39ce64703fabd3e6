package dev.switchboard.web;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parameters of a URL, in UTF-8.
 *
 * <p>The parameters of the container are not used, because for a form it reads the body to find
 * them.
 */
final class Query {

    private Query() {}

    /**
     * Returns all values of each parameter; null if the query is malformed. {@code query} is null
     * if there is none.
     */
    static @Nullable Map<String, List<String>> parameters(@Nullable String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        try {
            for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
                String[] parts = pair.split("=", 2);
                parameters
                        .computeIfAbsent(decoded(parts[0]), name -> new ArrayList<>())
                        .add(parts.length == 1 ? "" : decoded(parts[1]));
            }
        } catch (IllegalArgumentException malformed) {
            return null;
        }
        return parameters;
    }

    /**
     * Returns the first value of each parameter with one of the names; null if the query is
     * malformed.
     */
    static @Nullable Map<String, List<String>> parameters(@Nullable String query, Set<String> names) {
        Map<String, List<String>> all = parameters(query);
        if (all != null) {
            all.keySet().retainAll(names);
            all.replaceAll((name, values) -> List.of(values.get(0)));
        }
        return all;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
