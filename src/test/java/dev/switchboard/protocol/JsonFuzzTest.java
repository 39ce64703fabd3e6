package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Damage;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import dev.switchboard.hub.Publication;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Random JSON, whole and broken, with the container's parser as the judge of what is valid. */
@PropertyDefaults(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.BOUNDED)
class JsonFuzzTest {

    @Property
    void every_valid_value_passes_character_by_character(@ForAll("values") String value) {
        List<Command> commands = new ArrayList<>();
        JsonFraming.INSTANCE.read(
                Frame.text("{\"id\":7,\"publish\":{\"data\":" + value + ",\"channel\":\"c\"}}"), commands::add);
        Payload data = commands.get(0).data;
        assertThat(data).isEqualTo(Payload.json(value));
        assertThat(JsonFraming.INSTANCE.publication("c", new Publication(Payload.json(value), null, null)))
                .isEqualTo(Frame.text("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + value + "}}}"));
    }

    @Property
    void a_broken_value_is_found_where_the_parser_finds_it(@ForAll("brokenValues") String text) {
        assertThat(JsonText.isValue(text)).as(text).isEqualTo(parses(text));
    }

    @Property
    void a_broken_message_is_read_or_ends_the_connection(@ForAll("brokenMessages") String text) {
        try {
            JsonFraming.INSTANCE.read(Frame.text(text), command -> {});
        } catch (Disconnect why) {
            assertThat(why.code()).isEqualTo(3501);
        }
    }

    @Property
    void any_text_becomes_a_string_that_says_the_same(@ForAll String text) {
        StringBuilder json = new StringBuilder();
        JsonText.quote(text, json);
        assertThat(parses(json.toString())).isTrue();
        try (JsonParser parser = Json.createParser(new StringReader(json.toString()))) {
            parser.next();
            assertThat(parser.getString()).isEqualTo(text);
        }
    }

    private static boolean parses(String text) {
        try (JsonParser parser = Json.createParser(new StringReader(text))) {
            int values = 0;
            int depth = 0;
            while (parser.hasNext()) {
                switch (parser.next()) {
                    case START_ARRAY, START_OBJECT -> depth++;
                    case END_ARRAY, END_OBJECT -> depth--;
                    default -> {}
                }
                values++;
            }
            return values > 0 && depth == 0;
        } catch (JsonException | NoSuchElementException malformed) {
            return false;
        }
    }

    @Provide
    Arbitrary<String> values() {
        Arbitrary<String> scalars = Arbitraries.oneOf(
                Arbitraries.of("null", "true", "false", "0", "-0", "1e2", "1E+2", "0.10", "12345678901234567890123"),
                Arbitraries.bigDecimals().map(String::valueOf).filter(JsonFuzzTest::parses),
                strings());
        return Arbitraries.recursive(() -> scalars, JsonFuzzTest::compound, 0, 4);
    }

    private static Arbitrary<String> strings() {
        Arbitrary<String> pieces = Arbitraries.oneOf(
                Arbitraries.strings()
                        .withCharRange(' ', '~')
                        .excludeChars('"', '\\')
                        .ofMaxLength(5),
                Arbitraries.of("é", "€", "🙂", "\u2028", "\u007f", "\\ud800", "\\ud83d\\ude42", "\\u0000"),
                Arbitraries.of("\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t"));
        return pieces.list().ofMaxSize(5).map(parts -> '"' + String.join("", parts) + '"');
    }

    private static Arbitrary<String> compound(Arbitrary<String> values) {
        Arbitrary<String> spaces = Arbitraries.of("", "", "", " ", "\t", "  ");
        Arbitrary<String> padded = Combinators.combine(spaces, values, spaces).as((a, value, b) -> a + value + b);
        Arbitrary<String> members = Combinators.combine(spaces, strings(), spaces, padded)
                .as((a, name, b, value) -> a + name + b + ':' + value);
        return Arbitraries.oneOf(
                padded.list().ofMaxSize(4).map(items -> '[' + String.join(",", items) + ']'),
                members.list().ofMaxSize(4).map(items -> '{' + String.join(",", items) + '}'));
    }

    @Provide
    Arbitrary<String> brokenValues() {
        return broken(values());
    }

    @Provide
    Arbitrary<String> brokenMessages() {
        Arbitrary<String> commands = Arbitraries.of(
                "{\"connect\":{\"token\":\"t\",\"subs\":{\"a\":{\"recover\":true,\"offset\":1,\"epoch\":\"e\"}}},\"id\":1}",
                "{\"subscribe\":{\"channel\":\"c\",\"recover\":true,\"offset\":41,\"epoch\":\"e\",\"flag\":3,\"tf\":{}},\"id\":2}",
                "{\"publish\":{\"channel\":\"c\",\"data\":{\"x\":[1,null]},\"key\":\"\"},\"id\":4}",
                "{\"history\":{\"channel\":\"c\",\"limit\":-1,\"reverse\":true,\"since\":{\"offset\":1}},\"id\":7}",
                "{\"send\":{\"data\":\"\\u00e9\"}}",
                "{}");
        return broken(commands.list().ofMinSize(1).ofMaxSize(3).map(lines -> String.join("\n", lines)));
    }

    /** Up to three places are overwritten, cut out or doubled. */
    private static Arbitrary<String> broken(Arbitrary<String> texts) {
        Arbitrary<String> junk = Arbitraries.of(
                "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "0", "-", ".", "e", "1", " ", "\n", "\u0001",
                "null", "tru", "é", "\ud800");
        return Damage.to(texts, junk);
    }
}
