package dev.switchboard.history;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes an entry as a line of JSON, and reads it. The members are the components of its record,
 * unless null.
 */
final class JsonLine {

    private static final Map<String, Class<? extends Event>> TYPES = Map.ofEntries(
            Map.entry("channel", Event.Channel.class),
            Map.entry("permit", Event.Permit.class),
            Map.entry("pub.invoke", Event.PubInvoke.class),
            Map.entry("pub.ok", Event.PubOk.class),
            Map.entry("pub.fail", Event.PubFail.class),
            Map.entry("pub.info", Event.PubInfo.class),
            Map.entry("sub.invoke", Event.SubInvoke.class),
            Map.entry("sub.ok", Event.SubOk.class),
            Map.entry("sub.fail", Event.SubFail.class),
            Map.entry("recv", Event.Recv.class),
            Map.entry("unsub", Event.Unsub.class),
            Map.entry("cut", Event.Cut.class),
            Map.entry("close", Event.Close.class),
            Map.entry("close.late", Event.CloseLate.class),
            Map.entry("malformed", Event.Malformed.class),
            Map.entry("fault.start", Event.FaultStart.class),
            Map.entry("fault.stop", Event.FaultStop.class),
            Map.entry("truth", Event.Truth.class),
            Map.entry("counters", Event.Counters.class));
    private static final Map<Class<?>, String> NAMES =
            TYPES.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));

    private JsonLine() {}

    static String of(Entry entry) {
        JsonObjectBuilder line = JsonText.object()
                .add("number", entry.number())
                .add("nanos", entry.nanos())
                .add("type", NAMES.get(entry.event().getClass()));
        record(entry.event()).forEach(line::add);
        return line.build().toString();
    }

    static Entry parse(String line) {
        JsonObject object = JsonText.parse(line);
        Class<? extends Event> type = TYPES.get(object.getString("type"));
        if (type == null) {
            throw new IllegalArgumentException("unknown event: " + line);
        }
        return new Entry(
                object.getJsonNumber("number").longValue(),
                object.getJsonNumber("nanos").longValue(),
                record(type, object));
    }

    private static JsonObject record(Object record) {
        JsonObjectBuilder members = JsonText.object();
        try {
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                Object value = component.getAccessor().invoke(record);
                if (value != null) {
                    members.add(component.getName(), value(value));
                }
            }
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException(failure);
        }
        return members.build();
    }

    private static JsonValue value(Object value) {
        if (value instanceof String text) {
            return JsonText.JSON.createValue(text);
        } else if (value instanceof Number number) {
            return JsonText.JSON.createValue(number.longValue());
        } else if (value instanceof Boolean flag) {
            return flag ? JsonValue.TRUE : JsonValue.FALSE;
        } else if (value instanceof Collection<?> all) {
            return all.stream()
                    .map(JsonLine::value)
                    .collect(JsonText::array, (a, v) -> a.add(v), (a, b) -> {})
                    .build();
        } else if (value instanceof Map<?, ?> map) {
            JsonObjectBuilder members = JsonText.object();
            map.forEach((name, each) -> members.add(name.toString(), value(each)));
            return members.build();
        }
        return record(value);
    }

    private static <T> T record(Class<T> type, JsonObject object) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> value(component.getGenericType(), object.get(component.getName())))
                .toArray();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalArgumentException(failure);
        }
    }

    private static @Nullable Object value(Type type, @Nullable JsonValue value) {
        if (value == null) {
            return null;
        } else if (type == String.class) {
            return ((JsonString) value).getString();
        } else if (type == int.class) {
            return ((JsonNumber) value).intValue();
        } else if (type == long.class || type == Long.class) {
            return ((JsonNumber) value).longValue();
        } else if (type == boolean.class) {
            return value == JsonValue.TRUE;
        } else if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            return ((JsonArray) value)
                    .stream()
                            .map(each -> value(generic.getActualTypeArguments()[0], each))
                            .toList();
        } else if (type instanceof ParameterizedType) {
            Map<String, Long> map = new LinkedHashMap<>();
            ((JsonObject) value).forEach((name, each) -> map.put(name, ((JsonNumber) each).longValue()));
            return map;
        }
        return record((Class<?>) type, (JsonObject) value);
    }
}
