package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.ApiDescription;
import dev.switchboard.Damage;
import dev.switchboard.Generator;
import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.Trials;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.model.Disconnect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Sends damaged calls of the server API: each gets an answer of the description, or is malformed as
 * a whole.
 */
class ApiFuzzTest {

    private static final int TRIALS = 1000;

    private static final Path CORPUS = Path.of("src/test/resources/corpus/api");

    private static final Map<String, String> CALLS = Map.ofEntries(
            Map.entry(
                    "publish",
                    "{\"channel\":\"c\",\"data\":{\"x\":[1e2,\"\\u00e9\"]},\"tags\":{\"a\":\"b\"},\"sender\":\"s\"}"),
            Map.entry("broadcast", "{\"channels\":[\"a\",\"b\"],\"b64data\":\"AP8=\",\"idempotency_key\":\"k\"}"),
            Map.entry(
                    "subscribe",
                    "{\"channel\":\"c\",\"user\":\"u\",\"info\":[1],\"data\":null,\"expire_at\":99999999999}"),
            Map.entry("unsubscribe", "{\"channel\":\"c\",\"client\":\"x\"}"),
            Map.entry("disconnect", "{\"user\":\"u\",\"disconnect\":{\"code\":4000,\"reason\":\"r\"}}"),
            Map.entry("refresh", "{\"user\":\"u\",\"expired\":false,\"expire_at\":99999999999}"),
            Map.entry("presence", "{\"channel\":\"c\"}"),
            Map.entry("presence_stats", "{\"channel\":\"c\"}"),
            Map.entry(
                    "history",
                    "{\"channel\":\"c\",\"limit\":-1,\"since\":{\"offset\":1,\"epoch\":\"e\"},\"reverse\":true}"),
            Map.entry("history_remove", "{\"channel\":\"c\"}"),
            Map.entry("channels", "{\"pattern\":\"*a?b*\"}"),
            Map.entry("info", "{}"),
            Map.entry("block", "{\"user\":\"u\",\"expire_at\":99999999999}"),
            Map.entry("unblock", "{\"user\":\"u\"}"),
            Map.entry("revoke", "{\"user\":\"u\",\"issued_before\":1700000000}"),
            Map.entry(
                    "batch",
                    "{\"commands\":[{\"publish\":{\"channel\":\"c\",\"data\":1}},{\"info\":{}}],\"parallel\":true}"));

    private static final Generator<String> METHODS = Generator.of(CALLS.keySet());

    private static final Relay RELAY =
            new Relay(Settings.read(Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
    private static final ApiDescription DESCRIPTION = ApiDescription.shipped();

    @AfterAll
    static void stop() {
        RELAY.stop();
    }

    /** Returns the answer, or {@code malformed} if the relay refuses the text as a whole. */
    private static String answer(String method, String json) throws Exception {
        try {
            String answer = RELAY.api()
                    .call(method, json, (name, channel) -> true)
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .json();
            DESCRIPTION.answer(method, 200, answer);
            assertThat(answer).as(json).doesNotContain("\"code\":100,");
            return answer;
        } catch (Disconnect malformed) {
            assertThat(malformed.code()).isEqualTo(3501);
            return "malformed";
        }
    }

    @Test
    void the_calls_are_accepted_before_they_are_damaged() throws Exception {
        for (Map.Entry<String, String> call : CALLS.entrySet()) {
            DESCRIPTION.request(call.getKey(), call.getValue());
            assertThat(answer(call.getKey(), call.getValue()))
                    .as(call.getKey())
                    .matches("\\{\"result\":.*|\\{\"replies\":.*|\\{\"error\":\\{\"code\":108,.*");
        }
    }

    @Test
    void any_text_gets_an_answer() {
        Generator<String> texts = Generator.texts(200);
        Trials.run(TRIALS, random -> answer(METHODS.next(random), texts.next(random)));
    }

    @Test
    void a_damaged_call_gets_an_answer() {
        Generator<String> calls = damaged();
        Trials.run(TRIALS, random -> answer(METHODS.next(random), calls.next(random)));
    }

    @Test
    void a_damaged_command_of_the_old_path_gets_an_answer() {
        Generator<String> calls = damaged();
        Trials.run(TRIALS, random -> {
            String command = "{\"method\":\"" + METHODS.next(random) + "\",\"params\":" + calls.next(random) + "}";
            try {
                assertThat(RELAY.api()
                                .lines(command + "\n" + command, (name, channel) -> true)
                                .toCompletableFuture()
                                .get(10, TimeUnit.SECONDS)
                                .json()
                                .split("\n"))
                        .as(command)
                        .hasSize(2)
                        .allMatch(answer -> answer.startsWith("{\"result\":{") || answer.startsWith("{\"error\":{"))
                        .noneMatch(answer -> answer.contains("\"code\":100,"));
            } catch (Disconnect malformed) {
                assertThat(malformed.code()).isEqualTo(3501);
            }
        });
    }

    @Test
    void a_text_that_once_failed_gets_an_answer() throws Exception {
        try (Stream<Path> files = Files.list(CORPUS)) {
            List<Path> all = files.toList();
            assertThat(all).isNotEmpty();
            for (Path file : all) {
                String[] parts = Files.readString(file).split("\n", 3);
                assertThat(answer(parts[0], parts[2])).as(file.toString()).contains(parts[1]);
            }
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    private static Generator<String> damaged() {
        Generator<String> junk = Generator.of(
                "",
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"",
                "\\",
                "\\u",
                "0",
                "-1",
                ".",
                "e9",
                "null",
                "true",
                "{}",
                "[]",
                "\"\"",
                " ",
                "\n",
                "\u0001",
                "\\u0000",
                "\ud800",
                "\\ud800",
                "99999999999999999999",
                "é");
        return Damage.to(Generator.of(CALLS.values()), junk);
    }
}
