package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.ApiDescription;
import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sends the exact bodies of the official server libraries for Centrifugo, and checks the answers
 * that they expect.
 */
class BackEndLibrariesTest {

    private static final ChannelRule KEEPING = new ChannelRule(
            null,
            ChannelRule.PLAIN.subscribe(),
            ChannelRule.PLAIN.publish(),
            ChannelRule.PLAIN.binary(),
            ChannelRule.PLAIN.presence(),
            ChannelRule.PLAIN.history(),
            ChannelOptions.PLAIN
                    .with(new Retention(100, Duration.ofMinutes(5)))
                    .withPresence(true)
                    .withRecovery(Offer.ON_REQUEST));

    private final Relay relay =
            new Relay(Settings.read(Map.of()), new ChannelRules(KEEPING, Map.of("plain", ChannelRule.PLAIN), Map.of()));
    private final ApiDescription description = ApiDescription.shipped();

    @AfterEach
    void stop() {
        relay.stop();
    }

    private String call(String method, String json) throws Exception {
        String answer = answer(method, json);
        if (!answer.contains("\"error\":")) {
            description.request(method, json);
        }
        return answer;
    }

    private String answer(String method, String json) throws Exception {
        String answer = relay.api()
                .call(method, json, (name, channel) -> true)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .json();
        description.answer(method, 200, answer);
        return answer;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                // PHP
                "publish ~ {\"channel\":\"channel\",\"data\":{\"message\":\"Hello World\"},\"skip_history\":false}",
                "publish ~ {\"channel\":\"channel\",\"data\":[],\"skip_history\":false,\"tags\":{\"k\":\"v\"},"
                        + "\"idempotency_key\":\"i\",\"delta\":true}",
                "broadcast ~ {\"channels\":[\"a\",\"b\"],\"data\":{\"url\":\"http:\\/\\/x\"},\"skip_history\":false}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"client\":\"\"}",
                "unsubscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"client\":\"\"}",
                "disconnect ~ {\"user\":\"u\",\"client\":\"\"}",
                "history ~ {\"channel\":\"c\",\"limit\":0,\"reverse\":false}",
                "channels ~ {\"pattern\":\"\"}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"client\":\"\",\"expire_at\":9999999999,\"info\":{\"a\":1},"
                        + "\"data\":[2],\"recover_since\":{\"offset\":1,\"epoch\":\"e\"},"
                        + "\"override\":{\"presence\":{\"value\":true}},\"session\":\"s\"}",
                "info ~ {}",
                "batch ~ {\"commands\":[{\"presence_stats\":{\"channel\":\"test1\"}},"
                        + "{\"publish\":{\"channel\":\"plain:test2\",\"data\":[]}}]}",
                // Python
                "publish ~ {\"channel\": \"personal_1\", \"data\": {\"data\": \"data\"}, \"skip_history\": false, "
                        + "\"tags\": {\"tag\": \"tag\"}, \"idempotency_key\": \"idempotency_key\"}",
                "publish ~ {\"channel\": \"c\", \"data\": {}, \"b64data\": \"AP8=\"}",
                "subscribe ~ {\"user\": \"user\", \"channel\": \"personal_1\", \"client\": \"client\", "
                        + "\"session\": \"session\", \"data\": {\"data\": \"data\"}, "
                        + "\"recover_since\": {\"offset\": 1, \"epoch\": \"1\"}}",
                "unsubscribe ~ {\"channel\": \"personal_1\", \"user\": \"user\", \"client\": \"client\", "
                        + "\"session\": \"session\"}",
                "disconnect ~ {\"user\": \"user\", \"client\": \"client\", \"session\": \"session\", "
                        + "\"whitelist\": [\"personal_1\"], \"disconnect\": {\"code\": 4000, \"reason\": \"reason\"}}",
                "refresh ~ {\"user\": \"user\", \"client\": \"client\", \"session\": \"session\", \"expired\": true, "
                        + "\"expire_at\": 1}",
                "batch ~ {\"commands\": [{\"publish\": {\"channel\": \"personal_1\", \"data\": {\"data\": 1}}}, "
                        + "{\"presence\": {\"channel\": \"personal_1\"}}], \"parallel\": false}",
                // Ruby
                "subscribe ~ {\"user\":\"u\",\"channel\":\"c\",\"b64info\":\"eyJhIjoxfQ==\",\"b64data\":\"eyJiIjoyfQ==\"}",
                "history ~ {\"channel\":\"c\",\"limit\":10,\"since\":{\"offset\":1,\"epoch\":\"\"},\"reverse\":false}",
                "publish ~ {\"channel\":\"c\",\"data\":{\"a\":1},\"skip_history\":true,\"tags\":{\"k\":\"v\"},"
                        + "\"idempotency_key\":\"i\",\"delta\":true,\"version\":3,\"version_epoch\":\"e\"}",
                "subscribe ~ {\"user\":\"u\",\"channel\":\"c\",\"info\":{\"a\":1},\"client\":\"x\",\"session\":\"s\","
                        + "\"data\":{\"b\":2},\"recover_since\":{\"offset\":1,\"epoch\":\"e\"}}",
                "disconnect ~ {\"user\":\"u\",\"client\":\"x\",\"session\":\"s\",\"whitelist\":[\"y\"],"
                        + "\"disconnect\":{\"code\":4000,\"reason\":\"r\"}}",
                "refresh ~ {\"user\":\"u\",\"client\":\"x\",\"session\":\"s\",\"expired\":true,\"expire_at\":1}",
                "channels ~ {}",
                "batch ~ {\"commands\":[{\"publish\":{\"channel\":\"c\",\"data\":{}}},{\"info\":{}}],\"parallel\":true}",
                // Laravel's driver
                "publish ~ {\"channel\":\"c\",\"data\":{\"event\":\"App\\\\Events\\\\Said\"},\"skip_history\":true}",
                "broadcast ~ {\"channels\":[\"a\",\"b\"],\"data\":[],\"skip_history\":false}",
                "history ~ {\"channel\":\"c\",\"limit\":5,\"reverse\":true,\"since\":{\"offset\":1,\"epoch\":\"\"}}",
                "disconnect ~ {\"user\":\"u\",\"client\":\"\"}",
                "channels ~ {\"pattern\":\"news:*\"}",
                // code that is generated from the description of Centrifugo's API and writes every member
                "publish ~ {\"channel\":\"c\",\"data\":1,\"b64data\":\"\",\"skip_history\":false,\"tags\":{},"
                        + "\"idempotency_key\":\"\",\"delta\":false,\"version\":0,\"version_epoch\":\"\"}",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"b64data\":null,\"skip_history\":null,\"tags\":null,"
                        + "\"idempotency_key\":null,\"delta\":null,\"version\":null,\"version_epoch\":null}",
                "broadcast ~ {\"channels\":[\"c\"],\"data\":1,\"b64data\":\"\",\"skip_history\":false,\"tags\":{},"
                        + "\"idempotency_key\":\"\",\"delta\":false,\"version\":0,\"version_epoch\":\"\"}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"expire_at\":0,\"info\":null,\"b64info\":\"\","
                        + "\"client\":\"\",\"data\":null,\"b64data\":\"\",\"recover_since\":null,\"override\":null,"
                        + "\"session\":\"\",\"label_filter\":null,\"all_users\":false}",
                "unsubscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"client\":\"\",\"session\":\"\","
                        + "\"label_filter\":null,\"all_users\":false}",
                "disconnect ~ {\"user\":\"u\",\"disconnect\":null,\"client\":\"\",\"whitelist\":[],\"session\":\"\","
                        + "\"label_filter\":null,\"all_users\":false}",
                "disconnect ~ {\"user\":\"u\",\"disconnect\":{\"code\":0,\"reason\":\"\"},\"whitelist\":null}",
                "refresh ~ {\"user\":\"u\",\"client\":\"\",\"expired\":false,\"expire_at\":0,\"info\":null,"
                        + "\"session\":\"\",\"label_filter\":null,\"all_users\":false}",
                "history ~ {\"channel\":\"c\",\"limit\":0,\"since\":null,\"reverse\":false}"
            })
    void the_relay_carries_out_the_calls_of_the_libraries(String method, String json) throws Exception {
        assertThat(call(method, json)).doesNotContain("\"error\":");
    }

    /** Sends what the Go library (gocent v3) writes: a line for each command, all to one path. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "publish ~ {\"channel\":\"c\",\"data\":{\"a\":1}}",
                "publish ~ {\"channel\":\"c\",\"data\":null,\"skip_history\":true}",
                "broadcast ~ {\"channels\":[\"c\",\"d\"],\"data\":{\"a\":1}}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\"}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"info\":{\"a\":1},\"presence\":true,\"join_leave\":true,"
                        + "\"position\":true,\"recover\":true,\"data\":{\"b\":2},"
                        + "\"recover_since\":{\"offset\":1,\"epoch\":\"e\"},\"client\":\"x\"}",
                "unsubscribe ~ {\"channel\":\"c\",\"user\":\"u\"}",
                "unsubscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"client\":\"x\"}",
                "disconnect ~ {\"user\":\"u\",\"Disconnect\":null,\"ClientWhitelist\":null}",
                "disconnect ~ {\"user\":\"u\",\"Disconnect\":{\"code\":4000,\"reason\":\"r\",\"reconnect\":true},"
                        + "\"ClientWhitelist\":[\"y\"],\"client\":\"x\"}",
                "disconnect ~ {\"user\":\"u\",\"Disconnect\":{\"code\":4500,\"reason\":\"r\",\"reconnect\":false},"
                        + "\"ClientWhitelist\":[]}",
                "presence ~ {\"channel\":\"c\"}",
                "presence_stats ~ {\"channel\":\"c\"}",
                "history ~ {\"channel\":\"c\"}",
                "history ~ {\"channel\":\"c\",\"since\":{\"offset\":1},\"limit\":-1,\"reverse\":true}",
                "history ~ {\"channel\":\"c\",\"since\":{}}",
                "history_remove ~ {\"channel\":\"c\"}",
                "channels ~ {}",
                "channels ~ {\"pattern\":\"c*\"}",
                "info ~ {}"
            })
    void the_relay_carries_out_the_calls_of_the_go_library(String method, String params) throws Exception {
        String command = "{\"method\":\"" + method + "\",\"params\":" + params + "}\n";
        assertThat(lines(command + command).split("\n"))
                .hasSize(2)
                .allMatch(answer -> answer.startsWith("{\"result\":{"));
    }

    private String lines(String text) throws Exception {
        return relay.api()
                .lines(text, (name, channel) -> true)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .json();
    }

    @Test
    void the_go_names_of_members_have_the_meaning_of_the_api_names() throws Exception {
        Listener stays = new Listener(relay, "anna", null);
        Listener goes = new Listener(relay, "anna", null);
        lines(
                "{\"method\":\"disconnect\",\"params\":{\"user\":\"anna\",\"Disconnect\":{\"code\":4001,\"reason\":\"go\","
                        + "\"reconnect\":false},\"ClientWhitelist\":[\"" + stays.client.id() + "\"]}}\n");
        await().until(() -> goes.ends.equals(List.of(new Disconnect(4001, "go"))));
        assertThat(stays.ends).isEmpty();
    }

    /**
     * PHP writes an empty object as an empty list. Generated code writes null for absent commands.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "publish ~ {\"channel\":\"c\",\"data\":1,\"tags\":[],\"version\":\"\",\"version_epoch\":[]}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"recover_since\":[],\"override\":[]}",
                "disconnect ~ {\"user\":\"u\",\"disconnect\":[]}",
                "batch ~ {\"commands\":[{\"publish\":{\"channel\":\"c\",\"data\":1},\"broadcast\":null,\"info\":null}],"
                        + "\"parallel\":null}"
            })
    void a_member_counts_as_absent_when_it_is_null_or_an_empty_list(String method, String json) throws Exception {
        assertThat(answer(method, json)).doesNotContain("\"error\":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "publish ~ {\"channel\":\"c\",\"data\":1,\"version_epoch\":\"a\"}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"label_filter\":{\"key\":\"a\"}}",
                "subscribe ~ {\"channel\":\"c\",\"user\":\"u\",\"all_users\":true}",
                "disconnect ~ {\"user\":\"u\",\"disconnect\":{\"code\":4500,\"reason\":\"r\",\"reconnect\":true}}",
                "disconnect ~ {\"user\":\"u\",\"disconnect\":{\"code\":4500},\"Disconnect\":{\"code\":4501}}",
                "publish ~ {\"channel\":\"c\",\"data\":1,\"some_new_member\":0}",
                "publish ~ {\"channel\":\"c\",\"data\":{\"a\":1},\"b64data\":\"AP8=\"}"
            })
    void a_wrong_member_is_refused_and_never_ignored(String method, String json) throws Exception {
        assertThat(call(method, json)).isEqualTo("{\"error\":{\"code\":107,\"message\":\"bad request\"}}");
    }

    @Test
    void an_error_has_the_message_that_libraries_compare() throws Exception {
        assertThat(call("publish", "{\"channel\":\"namespace:channel\",\"data\":{},\"skip_history\":false}"))
                .isEqualTo("{\"error\":{\"code\":102,\"message\":\"unknown channel\"}}");
        assertThat(call("presence", "{\"channel\":\"plain:c\"}"))
                .isEqualTo("{\"error\":{\"code\":108,\"message\":\"not available\"}}");
        assertThat(call("batch", "{\"commands\":[{\"map_publish\":{}}]}"))
                .isEqualTo("{\"replies\":[{\"error\":{\"code\":104,\"message\":\"not found\"}}]}");
    }

    @Test
    void a_publication_is_sent_and_not_kept_when_it_skips_the_history() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        anna.tell("{\"id\":2,\"subscribe\":{\"channel\":\"c\",\"recoverable\":true}}");
        anna.hears("\"id\":2");
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":1}")).contains("\"offset\":1,");
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":2,\"skip_history\":true}"))
                .isEqualTo("{\"result\":{}}");
        assertThat(call("broadcast", "{\"channels\":[\"c\"],\"data\":3,\"skip_history\":true}"))
                .isEqualTo("{\"result\":{\"responses\":[{\"result\":{}}]}}");
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":4}")).contains("\"offset\":2,");
        anna.hears("\"pub\":{\"data\":4,\"offset\":2}");
        assertThat(anna.all()).contains("\"pub\":{\"data\":2}", "\"pub\":{\"data\":3}");
        assertThat(Listener.timeless(call("history", "{\"channel\":\"c\",\"limit\":10}")))
                .contains("[{\"data\":1,\"offset\":1},{\"data\":4,\"offset\":2}]");
        assertThat(anna.ends).isEmpty();
    }

    @Test
    void a_publication_is_dropped_and_gets_the_top_when_its_version_is_not_newer() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        anna.tell("{\"id\":2,\"subscribe\":{\"channel\":\"c\"}}");
        anna.hears("\"id\":2");
        String first = call("publish", "{\"channel\":\"c\",\"data\":\"5\",\"version\":5}");
        assertThat(first).contains("\"offset\":1,");
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":\"5 again\",\"version\":5}"))
                .isEqualTo(first);
        assertThat(call("broadcast", "{\"channels\":[\"c\"],\"data\":\"4\",\"version\":4}"))
                .isEqualTo("{\"result\":{\"responses\":[" + first + "]}}");
        call("publish", "{\"channel\":\"c\",\"data\":\"none\"}");
        assertThat(call("publish", "{\"channel\":\"c\",\"data\":\"5 late\",\"version\":5}"))
                .as("a publication without a version leaves the version")
                .contains("\"offset\":2,");
        call("publish", "{\"channel\":\"c\",\"data\":\"1 of b\",\"version\":1,\"version_epoch\":\"b\"}");
        call("publish", "{\"channel\":\"c\",\"data\":\"1 again\",\"version\":1,\"version_epoch\":\"b\"}");
        call("publish", "{\"channel\":\"c\",\"data\":\"1 of any\",\"version\":1}");
        call("publish", "{\"channel\":\"c\",\"data\":\"last\",\"version\":18446744073709551615}");
        anna.hears("\"pub\":{\"data\":\"last\",\"offset\":4}");
        assertThat(anna.all())
                .contains("\"5\"", "\"none\"", "\"1 of b\"")
                .doesNotContain("again", "late", "\"4\"", "of any");
        call("publish", "{\"channel\":\"plain:c\",\"data\":1,\"version\":1}");
        assertThat(call("publish", "{\"channel\":\"plain:c\",\"data\":2,\"version\":1}"))
                .as("without a history there is no last version")
                .isEqualTo("{\"result\":{}}");
    }

    @Test
    void an_override_replaces_the_channel_rule() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        Listener bert = new Listener(relay, "bert", null);
        call(
                "subscribe",
                "{\"channel\":\"c\",\"user\":\"anna\",\"override\":{\"presence\":{\"value\":false},"
                        + "\"force_push_join_leave\":{\"value\":true},\"force_recovery\":{}}}");
        anna.hears("\"subscribe\":{");
        assertThat(anna.all()).doesNotContain("\"recoverable\":true");
        lines("{\"method\":\"subscribe\",\"params\":{\"channel\":\"c\",\"user\":\"bert\",\"join_leave\":true,"
                + "\"recover\":true}}");
        bert.hears("\"recoverable\":true");
        anna.hears("\"join\":{");
        assertThat(call("presence", "{\"channel\":\"c\"}"))
                .contains("\"user\":\"bert\"")
                .doesNotContain("anna");
    }

    @Test
    void other_clients_see_the_info_of_a_refresh() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        anna.tell("{\"id\":2,\"subscribe\":{\"channel\":\"c\"}}");
        anna.hears("\"id\":2");
        call("refresh", "{\"user\":\"anna\",\"expire_at\":9999999999,\"info\":{\"name\":\"Anna\"}}");
        anna.hears("\"refresh\":{\"expires\":true");
        await().untilAsserted(() ->
                assertThat(call("presence", "{\"channel\":\"c\"}")).contains("\"conn_info\":{\"name\":\"Anna\"}"));
        anna.tell("{\"id\":3,\"publish\":{\"channel\":\"c\",\"data\":1}}");
        anna.hears("\"pub\":{\"data\":1,\"info\":{\"user\":\"anna\"");
        call("refresh", "{\"user\":\"anna\",\"info\":null}");
        anna.tell("{\"id\":4,\"publish\":{\"channel\":\"c\",\"data\":2}}");
        anna.hears("\"id\":4");
        assertThat(anna.all().split("\"conn_info\":", -1)).hasSize(3);
    }

    @Test
    void an_idempotency_key_counts_when_the_publication_skips_the_history() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        anna.tell("{\"id\":2,\"subscribe\":{\"channel\":\"c\"}}");
        anna.hears("\"id\":2");
        String once = "{\"channel\":\"c\",\"data\":1,\"skip_history\":true,\"idempotency_key\":\"k\"}";
        call("publish", once);
        call("publish", once);
        call("publish", "{\"channel\":\"c\",\"data\":2}");
        anna.hears("\"data\":2");
        assertThat(anna.all()).containsOnlyOnce("\"data\":1");
    }

    @Test
    void a_client_gets_the_later_publications_when_the_server_subscribes_it_from_a_position() throws Exception {
        for (int i = 1; i <= 3; i++) {
            call("publish", "{\"channel\":\"c\",\"data\":\"" + i + "\"}");
        }
        Listener anna = new Listener(relay, "anna", null);
        Listener bert = new Listener(relay, "bert", null);
        call("subscribe", "{\"channel\":\"c\",\"user\":\"anna\",\"recover_since\":{\"offset\":1}}");
        call(
                "subscribe",
                "{\"channel\":\"c\",\"user\":\"bert\",\"recover_since\":{\"offset\":1,\"epoch\":\"another\"}}");
        call("publish", "{\"channel\":\"c\",\"data\":\"4\"}");
        anna.hears("\"data\":\"4\"");
        bert.hears("\"data\":\"4\"");
        assertThat(anna.all())
                .containsSubsequence(
                        "\"subscribe\":{",
                        "\"offset\":1",
                        "\"pub\":{\"data\":\"2\",\"offset\":2}",
                        "\"pub\":{\"data\":\"3\",\"offset\":3}",
                        "\"pub\":{\"data\":\"4\",\"offset\":4}");
        assertThat(bert.all()).contains("\"offset\":3").doesNotContain("\"data\":\"3\"");
    }

    @Test
    void a_session_selects_one_connection_without_websocket() throws Exception {
        Listener socket = new Listener(relay, "anna", null);
        Listener stream = new Listener(relay, "anna", new Emulation("s-1", "node"));
        call("subscribe", "{\"channel\":\"c\",\"user\":\"anna\",\"session\":\"s-1\"}");
        stream.hears("\"subscribe\":{");
        assertThat(socket.all()).doesNotContain("\"subscribe\":{");
        call("disconnect", "{\"user\":\"bert\",\"session\":\"s-1\"}");
        call("disconnect", "{\"user\":\"anna\",\"session\":\"s-2\"}");
        call("disconnect", "{\"session\":\"s-1\",\"disconnect\":{\"code\":4001,\"reason\":\"go\"}}");
        await().until(() -> stream.ends.equals(List.of(new Disconnect(4001, "go"))));
        assertThat(socket.ends).isEmpty();
    }

    @Test
    void clients_of_the_whitelist_stay_connected() throws Exception {
        Listener stays = new Listener(relay, "anna", null);
        Listener goes = new Listener(relay, "anna", null);
        call("disconnect", "{\"user\":\"anna\",\"whitelist\":[\"" + stays.client.id() + "\"]}");
        await().until(() -> goes.ends.equals(List.of(Disconnect.FORCED)));
        assertThat(stays.ends).isEmpty();
    }
}
