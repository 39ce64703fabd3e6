package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.Disconnect;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ServerApiTest extends ServerApiSetup {

    @Test
    void explain_says_what_a_user_may_do_and_whether_a_token_is_valid() throws Exception {
        assertThat(call("explain", "{\"channel\":\"plain\",\"user\":\"42\",\"token\":\"canary\"}"))
                .startsWith(
                        "{\"result\":{\"channel\":\"plain\",\"user\":\"42\",\"rule\":{\"place\":\"defaults\",\"name\":\"\","
                                + "\"file\":\"the channel rules\"},\"token\":{\"valid\":false,\"code\":3500,\"error\":\"invalid token\",")
                .contains("\"rights\":{\"subscribe\":{\"allowed\":true,\"because\":\"subscribe is ")
                .doesNotContain("canary");
        assertThat(call("explain", "{\"user\":\"42\"}")).contains("\"code\":107");
    }

    @Test
    void the_description_has_every_method_and_every_member() {
        Set<String> methods = new TreeSet<>(ServerApi.methods());
        methods.add("batch");
        assertThat(description.methods()).isEqualTo(methods);
        for (ApiMethods.Method method : ApiMethods.Method.values()) {
            Set<String> members = new TreeSet<>(method.supported);
            members.addAll(method.unsupported);
            assertThat(description.members(method.word)).as(method.word).isEqualTo(members);
        }
    }

    @Test
    void a_publication_keeps_every_character_and_gets_its_position() throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("news:a");
        String answer = call(
                "publish", "{\"channel\":\"news:a\",\"data\": {\"n\":1e2, \"t\":\"\\u00e9\"} ,\"tags\":{\"k\":\"v\"}}");
        assertThat(answer).matches("\\{\"result\":\\{\"offset\":1,\"epoch\":\"[^\"]+\"}}");
        anna.hears("\"pub\":{\"data\":{\"n\":1e2, \"t\":\"\\u00e9\"},\"offset\":1,\"tags\":{\"k\":\"v\"}}");
        assertThat(call("publish", "{\"channel\":\"plain\",\"data\":null}")).isEqualTo("{\"result\":{}}");
    }

    @Test
    void newlines_become_spaces_and_bytes_stay_bytes_unless_they_are_json() throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("news:a");
        call("publish", "{\"channel\":\"news:a\",\"data\":[1,\n2]}");
        anna.hears("\"data\":[1, 2]");
        call("publish", "{\"channel\":\"news:a\",\"b64data\":\"eyJ4IjoxfQ==\"}");
        anna.hears("\"data\":{\"x\":1}");
        call("publish", "{\"channel\":\"news:b\",\"b64data\":\"AP8=\"}");
        assertThat(call("history", "{\"channel\":\"news:b\",\"limit\":1}"))
                .contains("{\"b64data\":\"AP8=\",\"offset\":1}");
    }

    @Test
    void a_publication_does_not_go_to_its_sender() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        anna.tell("{\"id\":3,\"subscribe\":{\"channel\":\"news:a\",\"data\":{\"sender\":\"anna-1\"}}}");
        anna.hears("\"id\":3");
        Listener bert = new Listener(relay, "bert", null).in("news:a");
        call("publish", "{\"channel\":\"news:a\",\"data\":1,\"sender\":\"anna-1\"}");
        call("publish", "{\"channel\":\"news:a\",\"data\":2}");
        bert.hears("\"data\":1");
        anna.hears("\"data\":2");
        assertThat(anna.all()).doesNotContain("\"data\":1");
        assertThat(bert.all()).doesNotContain("anna-1");
    }

    @Test
    void a_publication_is_published_once_when_its_key_is_repeated() throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("news:a");
        String once = "{\"channel\":\"news:a\",\"data\":1,\"idempotency_key\":\"k\"}";
        assertThat(call("publish", once)).isEqualTo(call("publish", once));
        call("publish", "{\"channel\":\"news:a\",\"data\":2}");
        anna.hears("\"data\":2");
        assertThat(anna.all()).containsOnlyOnce("\"data\":1");
    }

    @Test
    void a_broadcast_answers_for_each_channel() throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("news:b");
        String answer =
                call("broadcast", "{\"channels\":[\"news:a\",\"nowhere:x\",\"a\\u0000\",\"news:b\"],\"data\":7}");
        assertThat(answer)
                .startsWith("{\"result\":{\"responses\":[{\"result\":{\"offset\":1,")
                .contains("{\"error\":{\"code\":102,\"message\":\"unknown channel\"}}")
                .contains("{\"error\":{\"code\":107,\"message\":\"bad request\"}}");
        anna.hears("\"data\":7");
    }

    @Test
    void clients_are_subscribed_unsubscribed_and_disconnected() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        Listener bert = new Listener(relay, "bert", null);
        call("subscribe", "{\"user\":\"anna\",\"channel\":\"news:a\",\"info\":{\"n\":1},\"data\":{\"d\":2}}");
        anna.hears("\"push\":{\"channel\":\"news:a\",\"subscribe\":{");
        anna.hears("\"data\":{\"d\":2}");
        assertThat(call("presence", "{\"channel\":\"news:a\"}"))
                .isEqualTo("{\"result\":{\"presence\":{\"" + anna.client.id() + "\":{\"user\":\"anna\",\"client\":\""
                        + anna.client.id() + "\",\"chan_info\":{\"n\":1}}}}}");
        assertThat(call("presence_stats", "{\"channel\":\"news:a\"}"))
                .isEqualTo("{\"result\":{\"num_clients\":1,\"num_users\":1}}");
        assertThat(call("channels", "{\"pattern\":\"n?ws:*\"}"))
                .isEqualTo("{\"result\":{\"channels\":{\"news:a\":{\"num_clients\":1}}}}");
        assertThat(call("channels", "{\"pattern\":\"x*\"}")).isEqualTo("{\"result\":{\"channels\":{}}}");
        assertThat(call("info", "{}"))
                .contains("\"num_clients\":2,\"num_users\":2,\"num_subs\":1,\"num_channels\":1,\"uptime\":");
        call("unsubscribe", "{\"user\":\"anna\",\"channel\":\"news:a\"}");
        anna.hears("\"unsubscribe\":{\"code\":2000,");
        call("refresh", "{\"user\":\"anna\",\"expire_at\":" + (Instant.now().getEpochSecond() + 100) + "}");
        anna.hears("\"refresh\":{\"expires\":true,\"ttl\":");
        call(
                "disconnect",
                "{\"client\":\"" + anna.client.id() + "\",\"disconnect\":{\"code\":4100,\"reason\":\"go\"}}");
        await().until(() -> anna.ends.equals(List.of(new Disconnect(4100, "go"))));
        call("disconnect", "{\"user\":\"bert\"}");
        await().until(() -> bert.ends.equals(List.of(Disconnect.FORCED)));
        Listener carl = new Listener(relay, "carl", null);
        call("refresh", "{\"user\":\"carl\",\"expired\":true}");
        await().until(() -> carl.ends.equals(List.of(Disconnect.EXPIRED)));
    }

    @Test
    void a_disconnect_has_a_reason_when_the_call_gives_only_a_code() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        call("disconnect", "{\"user\":\"anna\",\"disconnect\":{\"code\":4100,\"reason\":\"\"}}");
        await().until(() -> !anna.ends.isEmpty());
        assertThat(anna.ends.get(0).code()).isEqualTo(4100);
        assertThat(anna.ends.get(0).reason()).isNotBlank();
    }

    @Test
    void a_disconnect_with_3000_sends_no_code_and_no_push() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        call("disconnect", "{\"user\":\"anna\",\"disconnect\":{\"code\":3000,\"reason\":\"connection closed\"}}");
        await().until(() -> !anna.ends.isEmpty());
        assertThat(anna.words).containsExactly("");
        Listener bert = new Listener(relay, "bert", null);
        call("disconnect", "{\"user\":\"bert\",\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\"}}");
        await().until(() -> !bert.ends.isEmpty());
        assertThat(bert.words.get(0)).contains("3001");
    }

    @Test
    void a_user_is_refused_while_it_is_blocked() throws Exception {
        Listener anna = new Listener(relay, "anna", null);
        call("block", "{\"user\":\"anna\"}");
        await().until(() -> !anna.ends.isEmpty());
        assertThat(anna.ends.get(0).code()).isBetween(3500, 3999);
        call("unblock", "{\"user\":\"anna\"}");
        new Listener(relay, "anna", null).in("news:a");
        assertThat(call("revoke", "{\"token\":\"jti\"}")).isEqualTo("{\"result\":{}}");
        assertThat(call("revoke", "{\"user\":\"anna\",\"issued_before\":1}")).isEqualTo("{\"result\":{}}");
    }

    @Test
    void the_history_is_read_in_pages_and_removed() throws Exception {
        for (int i = 1; i <= 3; i++) {
            call("publish", "{\"channel\":\"news:a\",\"data\":" + i + "}");
        }
        String top = call("history", "{\"channel\":\"news:a\"}");
        assertThat(top).matches("\\{\"result\":\\{\"publications\":\\[],\"offset\":3,\"epoch\":\"[^\"]+\"}}");
        assertThat(call("history", "{\"channel\":\"news:a\",\"limit\":-1,\"since\":{\"offset\":1}}"))
                .contains("[{\"data\":2,\"offset\":2},{\"data\":3,\"offset\":3}]");
        assertThat(call("history", "{\"channel\":\"news:a\",\"limit\":1,\"reverse\":true}"))
                .contains("[{\"data\":3,\"offset\":3}]");
        assertThat(call("history_remove", "{\"channel\":\"news:a\"}")).isEqualTo("{\"result\":{}}");
        assertThat(call("history", "{\"channel\":\"news:a\",\"limit\":-1}")).contains("\"publications\":[]");
    }

    @Test
    void the_history_says_when_a_publication_was_published() throws Exception {
        long before = System.currentTimeMillis();
        call("publish", "{\"channel\":\"news:a\",\"data\":1}");
        long after = System.currentTimeMillis();
        String time =
                timedCall("history", "{\"channel\":\"news:a\",\"limit\":1}").replaceFirst(".*\"time\":(\\d+).*", "$1");
        assertThat(Long.parseLong(time)).isBetween(before, after);
    }

    private String lines(String text) throws Exception {
        return Listener.timeless(relay.api()
                .lines(text, (method, channel) -> !"secret".equals(channel))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .json());
    }

    @Test
    void each_command_of_a_request_to_the_old_path_is_answered_in_order() throws Exception {
        Listener anna = new Listener(relay, "anna", null).in("news:a");
        assertThat(lines("{\"method\":\"publish\",\"params\":{\"channel\":\"news:a\",\"data\":1}}\n"
                                + "{\"id\":7,\"method\":\"history\",\"params\":{\"channel\":\"news:a\",\"limit\":1}}\n"
                                + "{\"method\":\"channels\"}{\"method\":\"info\",\"params\":null}\n"
                                + "{\"method\":\"publish\",\"params\":{\"channel\":\"secret\",\"data\":1}}\n"
                                + "{\"id\":8,\"method\":\"map_publish\",\"params\":{}}\n"
                                + "{\"id\":9,\"method\":\"publish\",\"params\":{}}\n"
                                + "{\"params\":{}}\n")
                        .split("\n"))
                .satisfiesExactly(
                        answer -> assertThat(answer).startsWith("{\"result\":{\"offset\":1,\"epoch\":"),
                        answer -> assertThat(answer)
                                .startsWith("{\"id\":7,\"result\":{\"publications\":[{\"data\":1,\"offset\":1}]"),
                        answer -> assertThat(answer)
                                .isEqualTo("{\"result\":{\"channels\":{\"news:a\":{\"num_clients\":1}}}}"),
                        answer -> assertThat(answer).startsWith("{\"result\":{\"nodes\":"),
                        answer -> assertThat(answer)
                                .isEqualTo("{\"error\":{\"code\":103,\"message\":\"permission denied\"}}"),
                        answer -> assertThat(answer)
                                .isEqualTo("{\"id\":8,\"error\":{\"code\":104,\"message\":\"not found\"}}"),
                        answer -> assertThat(answer)
                                .isEqualTo("{\"id\":9,\"error\":{\"code\":107,\"message\":\"bad request\"}}"),
                        answer ->
                                assertThat(answer).isEqualTo("{\"error\":{\"code\":107,\"message\":\"bad request\"}}"));
        anna.hears("\"pub\":{\"data\":1,\"offset\":1}");
    }
}
