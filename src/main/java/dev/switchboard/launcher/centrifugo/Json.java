package dev.switchboard.launcher.centrifugo;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes JSON, a member on each line. */
final class Json {

    private Json() {}

    /** Takes maps, lists of texts, texts, numbers and booleans. */
    static String text(Map<String, Object> members) {
        return object(members, "") + "\n";
    }

    private static String object(Map<?, ?> members, String indent) {
        if (members.isEmpty()) {
            return "{}";
        }
        String inner = indent + "  ";
        return members.entrySet().stream()
                .map(member -> inner + quoted(member.getKey()) + ": " + value(member.getValue(), inner))
                .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
    }

    private static String value(Object value, String indent) {
        if (value instanceof Map<?, ?> map) {
            return object(map, indent);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Json::quoted).collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof String ? quoted(value) : value.toString();
    }

    private static String quoted(Object text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toString().toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
