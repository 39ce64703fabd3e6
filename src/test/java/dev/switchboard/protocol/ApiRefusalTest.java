package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.access.Log;
import dev.switchboard.model.Disconnect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks calls of the server API that are refused, and what the log says about them. */
class ApiRefusalTest extends ServerApiSetup {

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "publish ~ {\"channel\":\"c\"} ~ one of data and b64data is needed",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"b64data\":\"AA==\"} ~ one of data and b64data is needed",
                "publish ~ {\"channel\":\"c\",\"b64data\":\"\"} ~ one of data and b64data is needed",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"version\":-2} ~ version is not a whole number",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"version_epoch\":\"a\"} ~ version_epoch belongs to version",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"skip_history\":1} ~ skip_history is not true or false",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"delta\":1} ~ delta is not true or false",
                "publish ~ {\"channel\":\"c\",\"b64data\":\"*\"} ~ b64data is not base64",
                "publish ~ {\"data\":1} ~ channel is missing",
                "publish ~ {\"channel\":\"\",\"data\":1} ~ channel is missing",
                "publish ~ {\"channel\":null,\"data\":1} ~ channel is missing",
                "publish ~ {\"channel\":7,\"data\":1} ~ channel is not a string",
                "publish ~ {\"channel\":\"a\\u0000\",\"data\":1} ~ control character",
                "publish ~ {\"chanel\":\"c\",\"data\":1} ~ no member \\\"chanel\\\" here, but b64data, channel, data,",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"tags\":[1]} ~ tags is not an object of strings",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"tags\":{\"a\":1}} ~ tags is not an object of strings",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"sender\":false} ~ sender is not a string",
                "publish ~ [] ~ the parameters are not an object",
                "publish ~ 7 ~ the parameters are not an object",
                "broadcast ~ {\"channels\":[],\"data\":1} ~ channels has 1 to 1000 names",
                "broadcast ~ {\"channels\":\"c\",\"data\":1} ~ channels is not a list of strings",
                "broadcast ~ {\"data\":1} ~ channels has 1 to 1000 names",
                "subscribe ~ {\"channel\":\"c\"} ~ user or client is needed",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"info\":1,\"b64info\":\"MQ==\"} ~ one of info and b64info",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"recover_since\":{\"epoc\":\"\"}} ~ no member \\\"epoc\\\"",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"override\":{\"a\":1}} ~ no member \\\"a\\\"",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"override\":{\"presence\":true}} ~ presence is not an object",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"override\":{\"presence\":{\"value\":1}}} ~ value is not true",
                "refresh ~ {\"user\":\"a\",\"label_filter\":{\"a\":1}} ~ label_filter is not served here",
                "disconnect ~ {\"user\":\"a\",\"whitelist\":\"b\"} ~ whitelist is not a list of strings",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"a\",\"expire_at\":5} ~ expire_at is in the past",
                "unsubscribe ~ {\"user\":\"a\"} ~ channel is missing",
                "disconnect ~ {} ~ user or client is needed",
                "disconnect ~ {\"user\":\"a\",\"disconnect\":7} ~ disconnect is not an object",
                "disconnect ~ {\"user\":\"a\",\"disconnect\":{\"code\":4000,\"reason\":\" \"}} ~ reason of a disconnect",
                "disconnect ~ {\"user\":\"a\",\"disconnect\":{\"reason\":\"x\"}} ~ code of the disconnect is missing",
                "disconnect ~ {\"user\":\"a\",\"disconnect\":{\"code\":1000,\"reason\":\"x\"}} ~ code is not from 3000",
                "disconnect ~ {\"user\":\"a\",\"disconnect\":{\"x\":1}} ~ no member \\\"x\\\"",
                "refresh ~ {\"user\":\"a\",\"expired\":1} ~ expired is not true or false",
                "refresh ~ {\"user\":\"a\",\"expire_at\":1.5} ~ expire_at is not a whole number",
                "history ~ {\"channel\":\"news:a\",\"limit\":-2} ~ limit is not from -1",
                "history ~ {\"channel\":\"news:a\",\"since\":{\"offset\":-1}} ~ offset is not a whole number",
                "history ~ {\"channel\":\"news:a\",\"since\":{\"epoc\":\"\"}} ~ no member \\\"epoc\\\"",
                "channels ~ {\"pattern\":\"news:[a\"} ~ the pattern has a [",
                "channels ~ {\"pattern\":\"{a\"} ~ the pattern has a { without",
                "info ~ {\"x\":1} ~ no member \\\"x\\\"",
                "block ~ {} ~ user is missing",
                "unblock ~ {\"user\":\"\"} ~ user is missing",
                "revoke ~ {} ~ either token",
                "revoke ~ {\"token\":\"a\",\"user\":\"b\"} ~ either token",
                "revoke ~ {\"token\":\"a\",\"issued_before\":1} ~ issued_before belongs to user",
                "revoke ~ {\"user\":\"a\"} ~ issued_before belongs to user",
                "revoke ~ {\"user\":\"a\",\"issued_before\":0} ~ issued_before belongs to user",
                "revoke ~ {\"user\":\"a\",\"issued_before\":-1} ~ issued_before is not from 1"
            })
    void a_wrong_call_is_refused_and_the_log_has_the_reason(String method, String json, String why) throws Exception {
        try (Log log = new Log()) {
            assertThat(call(method, json)).isEqualTo("{\"error\":{\"code\":107,\"message\":\"bad request\"}}");
            await().untilAsserted(() -> assertThat(log.texts())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("api call refused: method=\"" + method + "\"")
                            .contains(" code=107 why=\"", why)));
        }
    }

    @Test
    void the_log_names_the_channel_of_a_refused_call_and_has_a_limit() throws Exception {
        try (Log log = new Log()) {
            for (int i = 0; i < 200; i++) {
                call("publish", "{\"channel\":\"nowhere:\\n\",\"data\":\"secret\",\"b64data\":\"\"}");
                call("publish", "{\"channel\":\"nowhere:x\",\"data\":\"secret\"}");
            }
            await().untilAsserted(() -> assertThat(log.texts())
                    .contains(
                            "api call refused: method=\"publish\" channel=\"nowhere:\\u000a\" code=107"
                                    + " why=\"control character in the channel name\"",
                            "api call refused: method=\"publish\" channel=\"nowhere:x\" code=102"
                                    + " why=\"no channel rule names its namespace \\\"nowhere\\\"; an entry in namespaces of"
                                    + " the channel rules makes it known; see channel-rules.md\""));
            assertThat(log.texts()).noneMatch(line -> line.contains("secret"));
            assertThat(log.texts().stream().filter(line -> line.startsWith("api call")))
                    .hasSize(20);
        }
    }

    @Test
    void a_call_that_the_rule_does_not_serve_has_a_line_with_the_member_that_serves_it() throws Exception {
        try (Log log = new Log()) {
            call("history", "{\"channel\":\"plain\"}");
            call("presence", "{\"channel\":\"plain\"}");
            await().untilAsserted(() -> assertThat(log.texts("WARNING"))
                    .contains(
                            "api call refused: method=\"history\" channel=\"plain\" code=108 why=\"history_size is 0 in the"
                                    + " defaults in the channel rules; see channel-rules.md\"",
                            "api call refused: method=\"presence\" channel=\"plain\" code=108 why=\"keep_presence is false in"
                                    + " the defaults in the channel rules; see channel-rules.md\""));
        }
    }

    @Test
    void a_publication_is_refused_when_it_is_larger_than_the_limit() throws Exception {
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":\"" + "x".repeat(98) + "\"}"))
                .isEqualTo("{\"result\":{}}");
        try (Log log = new Log()) {
            assertThat(call("publish", "{\"channel\":\"c\",\"data\":\"" + "x".repeat(99) + "\"}"))
                    .contains("107");
            assertThat(call("publish", "{\"channel\":\"c\",\"data\":1,\"tags\":{\"t\":\"" + "x".repeat(99) + "\"}}"))
                    .contains("107");
            await().untilAsserted(() -> assertThat(log.texts())
                    .filteredOn(line -> line.contains("switchboard.api.message.bytes=100"))
                    .hasSize(2));
        }
    }

    @Test
    void a_call_is_refused_when_the_channel_keeps_no_history_or_presence() throws Exception {
        for (String method : List.of("presence", "presence_stats", "history", "history_remove")) {
            assertThat(call(method, "{\"channel\":\"plain\"}"))
                    .isEqualTo("{\"error\":{\"code\":108,\"message\":\"not available\"}}");
            assertThat(call(method, "{\"channel\":\"nowhere:x\"}")).startsWith("{\"error\":{\"code\":102,");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}{}",
                "{\"channel\":\"c\",\"data\":1",
                "{\"channel\":\"c\",\"channel\":\"d\",\"data\":1}",
                "{\"channel\":\"c\",\"data\":01}",
                "{\"channel\":\"c\",\"data\":tru}",
                "{'channel':'c'}"
            })
    void a_malformed_request_is_refused_as_a_whole(String json) {
        for (String method : List.of("publish", "batch")) {
            assertThatThrownBy(() -> call(method, json))
                    .isInstanceOfSatisfying(
                            Disconnect.class, why -> assertThat(why.code()).isEqualTo(3501));
        }
    }

    @Test
    void json_of_more_than_64_levels_is_refused() throws Exception {
        String deep = "[".repeat(65) + "]".repeat(65);
        assertThatThrownBy(() -> call("publish", "{\"channel\":\"c\",\"data\":" + deep + "}"))
                .isEqualTo(Disconnect.badRequest("JSON is nested too deeply"));
        String encoded = Base64.getEncoder().encodeToString(deep.getBytes(StandardCharsets.UTF_8));
        assertThat(call("publish", "{\"channel\":\"c\",\"b64data\":\"" + encoded + "\"}"))
                .contains("\"code\":107");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_wrong_command_of_a_batch_gets_its_own_error(boolean parallel) throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("many");
        String commands = IntStream.range(0, 100)
                .mapToObj(i -> i == 50
                        ? "{\"publish\":{\"channel\":7}}"
                        : "{\"publish\":{\"channel\":\"many\",\"data\":" + i + "}}")
                .collect(Collectors.joining(","));
        String answer = call("batch", "{\"parallel\":" + parallel + ",\"commands\":[" + commands + "]}");
        List<String> replies = new ArrayList<>();
        IntStream.range(0, 100)
                .forEach(i -> replies.add(
                        i == 50 ? "{\"error\":{\"code\":107,\"message\":\"bad request\"}}" : "{\"publish\":{}}"));
        assertThat(answer).isEqualTo("{\"replies\":[" + String.join(",", replies) + "]}");
        anna.hears("\"data\":99");
        assertThat(anna.all().split("\"data\":", -1)).hasSize(100);
    }

    @Test
    void a_batch_is_refused_when_a_command_has_several_methods_or_there_are_too_many() throws Exception {
        assertThat(call("batch", "{\"commands\":[]}")).isEqualTo("{\"replies\":[]}");
        assertThat(call("batch", "{\"commands\":[{},{\"info\":{},\"unblock\":{\"user\":\"a\"}},{\"batch\":{}}]}"))
                .isEqualTo("{\"replies\":[{\"error\":{\"code\":107,\"message\":\"bad request\"}},"
                        + "{\"error\":{\"code\":107,\"message\":\"bad request\"}},"
                        + "{\"error\":{\"code\":104,\"message\":\"not found\"}}]}");
        assertThatThrownBy(() -> call("batch", "{\"commands\":[" + "{},".repeat(1_000) + "{}]}"))
                .hasMessageContaining("up to 1000 commands");
        assertThatThrownBy(() -> call("batch", "{\"command\":[]}")).hasMessageContaining("commands and parallel");
    }

    @Test
    void a_call_gets_error_103_when_its_key_is_not_for_the_channel() throws Exception {
        ServerApi.Rights rights = (method, channel) -> channel != null && channel.startsWith("news:");
        assertThat(call("publish", "{\"channel\":\"news:a\",\"data\":1}", rights))
                .contains("result");
        assertThat(call("publish", "{\"channel\":\"other\",\"data\":1}", rights))
                .isEqualTo("{\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
        assertThat(call("info", "{}", rights))
                .isEqualTo("{\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
        assertThat(call("broadcast", "{\"channels\":[\"other\",\"news:a\"],\"data\":1}", rights))
                .contains("[{\"error\":{\"code\":103,", ",{\"result\":{\"offset\":2,");
        assertThat(call("batch", "{\"commands\":[{\"channels\":{}},{\"presence\":{\"channel\":\"other\"}}]}", rights))
                .matches("\\{\"replies\":\\[\\{\"error\":\\{\"code\":103,.*},\\{\"error\":\\{\"code\":103,.*}]}");
    }

    private String lines(String text) throws Exception {
        return relay.api()
                .lines(text, (method, channel) -> !"secret".equals(channel))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .json();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " \n",
                "[]",
                "{\"method\":\"publish\",\"params\":{\"channel\":\"news:a\",\"data\":1}}\n{\"method\":",
                "{\"method\":\"publish\",\"params\":{\"channel\":\"news:a\",\"data\":1}} x",
                "{\"method\":\"publish\",\"params\":{\"channel\":\"news:a\",\"data\":1},\"more\":1}",
                "{\"id\":-1,\"method\":\"info\"}",
                "{\"method\":1,\"params\":{}}"
            })
    void a_malformed_request_to_the_old_path_has_no_effect(String text) throws Exception {
        assertThatThrownBy(() -> lines(text)).isInstanceOf(Disconnect.class);
        assertThatThrownBy(() -> lines("{\"method\":\"info\"}\n".repeat(1001)))
                .isInstanceOf(Disconnect.class)
                .hasMessageContaining("up to 1000 commands");
        assertThat(call("history", "{\"channel\":\"news:a\"}")).contains("\"offset\":0");
    }
}
