package dev.switchboard.transcript;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.switchboard.json.JsonText;
import jakarta.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Translates lines of JSON to Protobuf messages, and back.
 *
 * <p>It has its own table of fields, so that it does not share an error with the relay.
 */
public final class Translation {

    /**
     * The messages of protocol section 16: name, number and type of each field, in the order of the
     * relay's JSON. A field that JSON has also if it is zero or empty has a {@code !}, a list a
     * {@code []}, a map a {@code {}}.
     */
    private static final String TABLE = """
            Command: id 1 number, connect 4 ConnectRequest, subscribe 5 SubscribeRequest, unsubscribe 6 ChannelRequest, \
            publish 7 PublishRequest, presence 8 ChannelRequest, presence_stats 9 ChannelRequest, history 10 HistoryRequest, \
            ping 11 Empty, send 12 SendRequest, rpc 13 RpcRequest, refresh 14 RefreshRequest, sub_refresh 15 SubRefreshRequest
            ConnectRequest: token 1 text, data 2 json, subs 3 SubscribeRequest{}, name 4 text, version 5 text, headers 6 text{}
            SubscribeRequest: channel 1 text, token 2 text, recover 3 flag, epoch 6 text, offset 7 number, data 8 json, \
            positioned 9 flag, recoverable 10 flag, join_leave 11 flag, delta 12 text, tf 13 FilterNode, flag 14 number, type 15 number
            FilterNode: op 1 text, key 2 text, cmp 3 text, val 4 text, vals 5 text[], nodes 6 FilterNode[]
            ChannelRequest: channel 1 text
            PublishRequest: channel 1 text, data 2 json, type 3 number, key 4 text, removed 5 flag
            HistoryRequest: channel 1 text, limit 7 number, since 8 StreamPosition, reverse 9 flag
            StreamPosition: offset 1 number, epoch 2 text
            SendRequest: data 1 json
            RpcRequest: data 1 json, method 2 text
            RefreshRequest: token 1 text
            SubRefreshRequest: channel 1 text, token 2 text, type 3 number
            Reply: id 1 number, error 2 Error, push 4 Push, connect 5 ConnectResult, subscribe 6 SubscribeResult, \
            unsubscribe 7 Empty, publish 8 Empty, presence 9 PresenceResult, presence_stats 10 PresenceStatsResult, \
            history 11 HistoryResult, ping 12 Empty, refresh 14 RefreshResult, sub_refresh 15 Expiry
            Empty:
            Error: code 1 number, message 2 text, temporary 3 flag
            ConnectResult: client 1 text, version 2 text, expires 3 flag, ttl 4 number, ping 7 number, pong 8 flag, \
            subs 6 SubscribeResult{}
            SubscribeResult: expires 1 flag, ttl 2 number, recoverable 3 flag, positioned 10 flag, epoch 6 text, offset 9 number, \
            was_recovering 12 flag, recovered 8 flag, publications 7 Publication[], data 11 json
            PresenceResult: presence 1 ClientInfo{}!
            PresenceStatsResult: num_clients 1 number!, num_users 2 number!
            HistoryResult: publications 1 Publication[]!, epoch 2 text!, offset 3 number!
            RefreshResult: client 1 text, version 2 text, expires 3 flag, ttl 4 number
            Expiry: expires 1 flag, ttl 2 number
            Push: channel 2 text, pub 4 Publication, join 5 InfoPush, leave 6 InfoPush, unsubscribe 7 UnsubscribePush, \
            message 8 MessagePush, subscribe 9 SubscribePush, refresh 12 Expiry
            Publication: data 4 json, info 5 ClientInfo, offset 6 number, time 9 number
            ClientInfo: user 1 text!, client 2 text!, conn_info 3 json, chan_info 4 json
            InfoPush: info 1 ClientInfo
            UnsubscribePush: code 2 number!, reason 3 text!
            MessagePush: data 1 json
            SubscribePush: recoverable 1 flag, positioned 6 flag, epoch 4 text, offset 5 number, data 7 json
            """;

    private enum Count {
        ONE(""),
        LIST("[]"),
        MAP("{}");

        private final String mark;

        Count(String mark) {
            this.mark = mark;
        }
    }

    private record Field(String name, int number, String type, Count count, boolean always) {

        static Field read(String text) {
            String[] words = text.strip().split(" ", -1);
            boolean always = words[2].endsWith("!");
            String type = words[2].replace("!", "");
            Count count = type.endsWith("[]") ? Count.LIST : type.endsWith("{}") ? Count.MAP : Count.ONE;
            return new Field(
                    words[0],
                    Integer.parseInt(words[1]),
                    type.substring(0, type.length() - count.mark.length()),
                    count,
                    always);
        }
    }

    private static final Map<String, List<Field>> MESSAGES = TABLE.lines()
            .collect(Collectors.toMap(
                    line -> line.substring(0, line.indexOf(':')),
                    line -> Arrays.stream(line.substring(line.indexOf(':') + 1)
                                    .strip()
                                    .split(",", -1))
                            .filter(field -> !field.isBlank())
                            .map(Field::read)
                            .toList()));

    private Translation() {}

    /** Translates commands, one in each line; leaves out unknown fields. */
    public static byte[] commands(String lines) {
        try {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            CodedOutputStream out = CodedOutputStream.newInstance(message);
            for (String line : lines.split("\n", -1)) {
                out.writeByteArrayNoTag(encode("Command", line));
            }
            out.flush();
            return message.toByteArray();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Translates replies, one in each line; a field that is not in the table is an error. */
    public static String replies(byte[] message) {
        try {
            CodedInputStream in = CodedInputStream.newInstance(message);
            List<String> lines = new ArrayList<>();
            while (!in.isAtEnd()) {
                lines.add(decode("Reply", in.readByteArray()));
            }
            return String.join("\n", lines);
        } catch (IOException malformed) {
            throw new IllegalArgumentException("malformed Protobuf", malformed);
        }
    }

    private static List<Field> fields(String message) {
        return Objects.requireNonNull(MESSAGES.get(message), message);
    }

    private static byte[] encode(String message, String json) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (Field field : fields(message)) {
            String value = JsonText.member(json, field.name);
            if (value == null || value.equals("null") && !field.type.equals("json")) {
                continue;
            }
            if (field.count == Count.MAP) {
                for (String key : keys(value)) {
                    ByteArrayOutputStream entry = new ByteArrayOutputStream();
                    CodedOutputStream pair = CodedOutputStream.newInstance(entry);
                    pair.writeString(1, key);
                    write(2, field.type, Objects.requireNonNull(JsonText.member(value, key)), pair);
                    pair.flush();
                    out.writeByteArray(field.number, entry.toByteArray());
                }
            } else if (field.count == Count.LIST) {
                for (String element : elements(value)) {
                    write(field.number, field.type, element, out);
                }
            } else {
                write(field.number, field.type, value, out);
            }
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static void write(int number, String type, String json, CodedOutputStream out) throws IOException {
        switch (type) {
            case "number" ->
                out.writeUInt64(number, json.startsWith("-") ? Long.parseLong(json) : Long.parseUnsignedLong(json));
            case "flag" -> out.writeBool(number, Boolean.parseBoolean(json));
            case "text" -> out.writeString(number, unquoted(json));
            case "json" -> out.writeByteArray(number, json.getBytes(StandardCharsets.UTF_8));
            default -> out.writeByteArray(number, encode(type, json));
        }
    }

    private static List<String> elements(String list) {
        return Json.createReader(new StringReader(list)).readArray().stream()
                .map(Object::toString)
                .toList();
    }

    private static Set<String> keys(String object) {
        return Json.createReader(new StringReader(object)).readObject().keySet();
    }

    private static String unquoted(String json) {
        return Json.createReader(new StringReader("[" + json + "]")).readArray().getString(0);
    }

    private static String decode(String message, byte[] bytes) throws IOException {
        Map<Integer, List<Object>> values = values(bytes);
        StringJoiner members = new StringJoiner(",", "{", "}");
        for (Field field : fields(message)) {
            String json = json(field, values.remove(field.number));
            if (json != null) {
                members.add("\"" + field.name + "\":" + json);
            }
        }
        if (!values.isEmpty()) {
            throw new IllegalArgumentException(message + " has no fields " + values.keySet());
        }
        return members.toString();
    }

    /** Returns the fields by their numbers: {@code Long} or {@code byte[]}. */
    private static Map<Integer, List<Object>> values(byte[] message) throws IOException {
        Map<Integer, List<Object>> values = new HashMap<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        while (!in.isAtEnd()) {
            int tag = in.readTag();
            Object value = switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> in.readByteArray();
                default -> throw new IllegalArgumentException("unexpected type in tag " + tag);
            };
            values.computeIfAbsent(WireFormat.getTagFieldNumber(tag), number -> new ArrayList<>())
                    .add(value);
        }
        return values;
    }

    private static @Nullable String json(Field field, @Nullable List<Object> values) throws IOException {
        if (values == null) {
            return field.always ? zero(field) : null;
        }
        switch (field.count) {
            case LIST -> {
                StringJoiner elements = new StringJoiner(",", "[", "]");
                for (Object value : values) {
                    elements.add(json(field.type, value));
                }
                return elements.toString();
            }
            case MAP -> {
                StringJoiner members = new StringJoiner(",", "{", "}");
                for (Object value : values) {
                    Map<Integer, List<Object>> entry = values((byte[]) value);
                    members.add(json("text", only(entry.get(1))) + ":" + json(field.type, only(entry.get(2))));
                }
                return members.toString();
            }
            default -> {
                return json(field.type, only(values));
            }
        }
    }

    private static Object only(@Nullable List<Object> values) {
        if (values == null || values.size() != 1) {
            throw new IllegalArgumentException("a single value is expected and not " + values);
        }
        return values.get(0);
    }

    private static String zero(Field field) {
        return switch (field.count) {
            case LIST, MAP -> field.count.mark;
            case ONE -> field.type.equals("number") ? "0" : "\"\"";
        };
    }

    private static String json(String type, Object value) throws IOException {
        return switch (type) {
            case "number" -> Long.toUnsignedString((Long) value);
            case "flag" -> Boolean.toString((Long) value != 0);
            case "text" ->
                Json.createValue(new String((byte[]) value, StandardCharsets.UTF_8))
                        .toString();
            case "json" -> new String((byte[]) value, StandardCharsets.UTF_8);
            default -> decode(type, (byte[]) value);
        };
    }
}
