package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Damage;
import dev.switchboard.Generator;
import dev.switchboard.Trials;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Reads random JSON, valid and broken. The parser of the container decides which text is valid. */
class JsonFuzzTest {

    private static final int TRIALS = 500;

    private static final int DEPTH = 4;

    @Test
    void valid_data_keeps_every_character() {
        Generator<String> values = values();
        Trials.run(TRIALS, random -> passes(values.next(random)));
    }

    private static void passes(String value) {
        List<Command> commands = new ArrayList<>();
        JsonCommandTest.read(
                Frame.text("{\"id\":7,\"publish\":{\"data\":" + value + ",\"channel\":\"c\"}}"), commands::add);
        assertThat(commands.get(0).request()).isEqualTo(new Request.Publish("c", Payload.json(value), false));
        assertThat(JsonFraming.INSTANCE.publication("c", new Publication(Payload.json(value), null, null)))
                .isEqualTo(Frame.text("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + value + "}}}"));
    }

    @Test
    void a_value_is_valid_when_the_parser_accepts_it() {
        Generator<String> texts = broken(values());
        Trials.run(TRIALS, random -> {
            String text = texts.next(random);
            assertThat(JsonText.isValue(text)).as(text).isEqualTo(parses(text));
        });
    }

    @Test
    void a_broken_message_is_read_or_ends_the_connection() {
        Generator<String> texts = brokenMessages();
        Trials.run(TRIALS, random -> read(texts.next(random)));
    }

    private static void read(String text) {
        try {
            JsonCommandTest.read(Frame.text(text), command -> {});
        } catch (Disconnect why) {
            assertThat(why.code()).isEqualTo(3501);
        }
    }

    @Test
    void any_text_keeps_its_characters_when_it_becomes_a_string() {
        Generator<String> texts = Generator.texts(200);
        Trials.run(TRIALS, random -> saysTheSame(texts.next(random)));
    }

    private static void saysTheSame(String text) {
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

    private static Generator<String> values() {
        return random -> value(random, DEPTH);
    }

    private static String value(Random random, int depth) {
        Generator<String> scalars = Generator.oneOf(
                Generator.of("null", "true", "false", "0", "-0", "1e2", "1E+2", "0.10", "12345678901234567890123"),
                decimals(),
                strings());
        int kind = depth == 0 ? 0 : random.nextInt(3);
        if (kind == 0) {
            return scalars.next(random);
        }
        Generator<String> spaces = Generator.of("", "", "", " ", "\t", "  ");
        Generator<String> padded = next -> spaces.next(next) + value(next, depth - 1) + spaces.next(next);
        if (kind == 1) {
            return '[' + String.join(",", padded.lists(0, 4).next(random)) + ']';
        }
        Generator<String> members =
                next -> spaces.next(next) + strings().next(next) + spaces.next(next) + ':' + padded.next(next);
        return '{' + String.join(",", members.lists(0, 4).next(random)) + '}';
    }

    private static Generator<String> decimals() {
        return random ->
                new BigDecimal(new BigInteger(random.nextInt(100), random), random.nextInt(-40, 40)).toString();
    }

    private static Generator<String> strings() {
        Generator<String> pieces = Generator.oneOf(
                Generator.texts(5).map(text -> text.replaceAll("[^ -~]|[\"\\\\]", "")),
                Generator.of("é", "€", "🙂", "\u2028", "\u007f", "\\ud800", "\\ud83d\\ude42", "\\u0000"),
                Generator.of("\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t"));
        return pieces.lists(0, 5).map(parts -> '"' + String.join("", parts) + '"');
    }

    private static Generator<String> brokenMessages() {
        Generator<String> commands = Generator.of(
                "{\"connect\":{\"token\":\"t\",\"subs\":{\"a\":{\"recover\":true,\"offset\":1,\"epoch\":\"e\"}}},\"id\":1}",
                "{\"subscribe\":{\"channel\":\"c\",\"recover\":true,\"offset\":41,\"epoch\":\"e\",\"flag\":3,\"tf\":{}},\"id\":2}",
                "{\"publish\":{\"channel\":\"c\",\"data\":{\"x\":[1,null]},\"key\":\"\"},\"id\":4}",
                "{\"history\":{\"channel\":\"c\",\"limit\":-1,\"reverse\":true,\"since\":{\"offset\":1}},\"id\":7}",
                "{\"send\":{\"data\":\"\\u00e9\"}}",
                "{}");
        return broken(commands.lists(1, 3).map(lines -> String.join("\n", lines)));
    }

    /** Returns texts of which up to three places are overwritten, cut out or doubled. */
    private static Generator<String> broken(Generator<String> texts) {
        Generator<String> junk = Generator.of(
                "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "0", "-", ".", "e", "1", " ", "\n", "\u0001",
                "null", "tru", "é", "\ud800");
        return Damage.to(texts, junk);
    }
}
