package dev.switchboard.launcher.centrifugo;

import dev.switchboard.json.JsonText;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes JSON with one member on each line, for people. */
final class IndentedJson {

    private IndentedJson() {}

    /** Returns the object. Values are maps, lists of texts, texts, numbers and booleans. */
    static String text(Map<String, Object> members) {
        return object(members, "") + "\n";
    }

    private static String object(Map<?, ?> members, String indent) {
        if (members.isEmpty()) {
            return "{}";
        }
        String inner = indent + "  ";
        return members.entrySet().stream()
                .map(member ->
                        inner + JsonText.quoted(member.getKey().toString()) + ": " + value(member.getValue(), inner))
                .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
    }

    private static String value(Object value, String indent) {
        if (value instanceof Map<?, ?> map) {
            return object(map, indent);
        }
        if (value instanceof List<?> list) {
            return list.stream()
                    .map(each -> JsonText.quoted(each.toString()))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof String text ? JsonText.quoted(text) : value.toString();
    }
}
