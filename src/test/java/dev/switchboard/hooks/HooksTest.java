package dev.switchboard.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Application.Caller;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to the application and what its answers mean, whatever it does. */
class HooksTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_900_000_000L);
    private static final String SECRET = "a secret of more than thirty-two bytes";
    private static final Caller ANN =
            new Caller("8c2c", "ann", "websocket", "json", Map.of("Cookie", List.of("login=1")));
    private static final int MESSAGE_BYTES = 1_000;
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Statuses STATUSES = Statuses.of(List.of());
    private static final Duration SHORT = Duration.ofMillis(200);

    private final FakeSite site = new FakeSite();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final ExecutorService writers = Executors.newFixedThreadPool(2);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final FakeClock clock = new FakeClock();
    private final List<Hooks> started = new ArrayList<>();
    private final Logger complaints = Logger.getLogger(HookWarnings.class.getName()); // the manager keeps it weakly
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        complaints.addHandler(handler);
    }

    @AfterEach
    void stop() throws InterruptedException {
        complaints.removeHandler(handler);
        site.close();
        for (Hooks hooks : started) {
            hooks.stop();
        }
        for (ExecutorService pool : List.of(threads, writers, timer)) {
            pool.shutdownNow();
            assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Hooks hooks(Duration timeout, int concurrency, @Nullable URI all, String secret) {
        Map<Event, URI> urls = urls();
        if (all != null) {
            urls.replaceAll((event, own) -> all);
        }
        return hooks(new HooksSettings(urls, timeout, concurrency, List.of("Cookie"), secret, Duration.ofSeconds(10)));
    }

    private Hooks hooks(Map<Event, URI> urls, Map<String, String> fixedHeaders, Statuses statuses, boolean meta) {
        return hooks(new HooksSettings(
                urls, LONG, 8, List.of("Cookie", "X-Team"), "", Duration.ofSeconds(10), fixedHeaders, statuses, meta));
    }

    private Map<Event, URI> urls() {
        Map<Event, URI> urls = new EnumMap<>(Event.class);
        for (Event event : Event.values()) {
            urls.put(event, site.uri(event.label()));
        }
        return urls;
    }

    private Hooks hooks(HooksSettings settings) {
        Hooks hooks = new Hooks(settings, MESSAGE_BYTES, threads, writers, timer, () -> NOW, clock, Runnable::run);
        started.add(hooks);
        return hooks;
    }

    private static Caller withMeta(String meta) {
        return new Caller("8c2c", "ann", "", "websocket", "json", Map.of(), Map.of(), meta);
    }

    private Hooks hooks(Duration timeout) {
        return hooks(timeout, 8, null, "");
    }

    private Hooks hooks() {
        return hooks(LONG);
    }

    private static <T extends @Nullable Object> T get(@Nullable CompletionStage<T> stage) {
        return Objects.requireNonNull(stage)
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private static Payload published(CompletionStage<PublishGrant> stage) {
        return get(stage).data();
    }

    private static void refuses(CompletionStage<?> stage, RuntimeException expected) {
        assertThatThrownBy(() -> get(stage)).cause().satisfies(refusal -> {
            assertThat(refusal).isInstanceOf(expected.getClass()).hasMessage(expected.getMessage());
        });
    }

    private static Payload raw(String text) {
        return Payload.opaque(Frame.text(text));
    }

    private static String text(Payload payload) {
        return ((Frame.Text) payload.frame()).text();
    }

    private long outcome(Hooks hooks, Event event, String outcome) {
        return Objects.requireNonNull(hooks.outcomes().get(event)).getOrDefault(outcome, 0L);
    }

    // What it is asked.

    @Test
    void who_comes_is_asked_with_all_that_is_known_and_answered_as_a_connection_token_would() throws Exception {
        site.behave(FakeSite.answer("""
                {"result": {"user": "ann", "expire_at": 1900000060, "info": {"name":  "Ann", "n": 1e2}, "data": [1.0],
                 "channels": ["news"], "subs": {"room": {"info": {"x": 12345678901234567890123}, "b64data": "eyJ5IjoxfQ=="}, "hall": {}}}}
                """));
        ConnectGrant welcome = get(hooks().connect(ANN, ConnectRequest.of(Payload.json("{\"a\" : 1}"))));
        FakeSite.Request asked = site.next();
        assertThat(asked.path()).isEqualTo("/connect");
        assertThat(asked.body())
                .isEqualTo(
                        "{\"client\":\"8c2c\",\"transport\":\"websocket\",\"protocol\":\"json\",\"encoding\":\"json\","
                                + "\"user\":\"ann\",\"data\":{\"a\" : 1}}");
        assertThat(asked.headers().get("Cookie")).containsExactly("login=1");
        assertThat(asked.headers().get("Content-Type")).containsExactly("application/json");
        assertThat(asked.headers()).doesNotContainKey("X-switchboard-signature");
        assertThat(welcome.identity().user()).isEqualTo("ann");
        assertThat(welcome.identity().ttl()).isEqualTo(60);
        assertThat(welcome.identity().info()).isEqualTo("{\"name\":  \"Ann\", \"n\": 1e2}");
        assertThat(welcome.identity().channels())
                .isEqualTo(Map.of(
                        "news",
                        SubscribeGrant.PLAIN,
                        "room",
                        new SubscribeGrant("{\"x\": 12345678901234567890123}", "{\"y\":1}", 0),
                        "hall",
                        SubscribeGrant.PLAIN));
        assertThat(welcome.data()).isEqualTo("[1.0]");
        assertThat(welcome.renewal()).isZero();
    }

    @Test
    void an_answer_overrides_what_the_rule_of_a_channel_says() {
        String override = "\"override\":{\"presence\":{\"value\":true},\"join_leave\":{},\"force_recovery\":null}";
        ChannelOverride meant = new ChannelOverride(true, false, null, null, null);
        site.behave(FakeSite.answer("{\"result\":{" + override + "}}"));
        assertThat(get(hooks().subscribe(ANN, "room", null)).override()).isEqualTo(meant);
        site.behave(FakeSite.answer("{\"result\":{\"user\":\"ann\",\"subs\":{\"room\":{" + override + "}}}}"));
        assertThat(get(hooks().connect(ANN, ConnectRequest.NONE)).identity().channels())
                .isEqualTo(Map.of("room", new SubscribeGrant(null, null, 0, null, meant)));
    }

    @Test
    void an_answer_that_says_nothing_lets_in_somebody_unknown() {
        ConnectGrant welcome = get(hooks().connect(ANN, ConnectRequest.NONE));
        assertThat(welcome.identity().isAnonymous()).isTrue();
        assertThat(welcome.identity().ttl()).isZero();
    }

    @Test
    void a_subscription_has_what_the_answer_says() throws Exception {
        site.behave(FakeSite.answer("{\"result\":{\"info\":{},\"data\":1,\"expire_at\":1900000001}}"));
        assertThat(get(hooks().subscribe(ANN, "a \"room\"", null))).isEqualTo(new SubscribeGrant("{}", "1", 1));
        assertThat(site.next().body()).endsWith("\"user\":\"ann\",\"channel\":\"a \\\"room\\\"\"}");
    }

    @Test
    void a_publication_that_is_not_replaced_stays_what_it_is() throws Exception {
        Hooks hooks = hooks();
        Payload bytes = Payload.opaque(Frame.binary(new byte[] {-1, 0}));
        assertThat(published(hooks.publish(ANN, "c", bytes))).isSameAs(bytes);
        assertThat(site.next().body()).endsWith(",\"channel\":\"c\",\"b64data\":\"/wA=\"}");
        assertThat(published(hooks.publish(ANN, "c", raw("no json")))).isEqualTo(raw("no json"));
        assertThat(site.next().body()).endsWith(",\"data\":\"no json\"}");
        assertThat(published(hooks.publish(ANN, "c", raw(" {\"a\": 1e2}")))).isEqualTo(raw(" {\"a\": 1e2}"));
        assertThat(site.next().body()).endsWith(",\"data\": {\"a\": 1e2}}");
    }

    @Test
    void a_replaced_publication_is_of_the_kind_that_it_was() {
        Hooks hooks = hooks();
        site.behave(FakeSite.answer("{\"result\":{\"data\":\"a\\u0041\"}}"));
        assertThat(published(hooks.publish(ANN, "c", raw("no json")))).isEqualTo(raw("aA"));
        assertThat(published(hooks.publish(ANN, "c", Payload.json("1")))).isEqualTo(Payload.json("\"a\\u0041\""));
        assertThat(published(hooks.publish(ANN, "c", raw("1")))).isEqualTo(Payload.json("\"a\\u0041\""));
        site.behave(FakeSite.answer("{\"result\":{\"b64data\":\"/wA=\"}}"));
        assertThat(published(hooks.publish(ANN, "c", Payload.json("1"))))
                .isEqualTo(Payload.opaque(Frame.binary(new byte[] {-1, 0})));
    }

    @Test
    void a_method_answers_with_data_or_with_nothing() throws Exception {
        Hooks hooks = hooks();
        assertThat(get(hooks.rpc(ANN, "m", null))).isNull();
        assertThat(site.next().body()).endsWith(",\"method\":\"m\"}");
        site.behave(FakeSite.answer("{\"result\":{\"data\":{ }}}"));
        assertThat(text(get(hooks.rpc(ANN, "m", Payload.json("2"))))).isEqualTo("{ }");
    }

    // What it refuses.

    @Test
    void its_errors_and_disconnects_are_the_answer() {
        Hooks hooks = hooks();
        site.behave(FakeSite.answer("{\"error\":{\"code\":403,\"message\":\"not you\"}}"));
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.ofApplication(403, "not you"));
        site.behave(FakeSite.answer("{\"error\":{\"code\":1999,\"message\":\"later\",\"temporary\":true}}"));
        assertThatThrownBy(() -> get(hooks.rpc(ANN, "m", null)))
                .cause()
                .satisfies(
                        error -> assertThat(((ClientError) error).isTemporary()).isTrue());
        site.behave(FakeSite.answer("{\"error\":{\"code\":104,\"message\":\"no method here\"}}"));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(104, "no method here"));
        site.behave(FakeSite.answer("{\"disconnect\":{\"code\":4500,\"reason\":\"banned\"}}"));
        refuses(hooks.subscribe(ANN, "c", null), Disconnect.ofApplication(4500, "banned"));
        assertThat(outcome(hooks, Event.RPC, "refused")).isEqualTo(2);
        assertThat(hooks.dead()).doesNotContainValue(true);
    }

    @Test
    void a_reason_that_no_client_understands_is_another() {
        Hooks hooks = hooks();
        for (String reason : List.of("", " ", "42", "{\"a\":1}")) {
            site.behave(FakeSite.answer(
                    "{\"disconnect\":{\"code\":4000,\"reason\":\"" + reason.replace("\"", "\\\"") + "\"}}"));
            refuses(hooks.rpc(ANN, "m", null), Disconnect.ofApplication(4000, "disconnected by the application"));
        }
        site.behave(FakeSite.answer("{\"disconnect\":{\"code\":4000,\"reason\":\"" + "ü😀".repeat(100) + "\"}}"));
        refuses(hooks.rpc(ANN, "m", null), Disconnect.ofApplication(4000, "ü😀".repeat(20) + "ü"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"result\":null}",
                "{\"result\":[]}",
                "{\"result\":{},\"error\":null,\"disconnect\":null}",
                "\uFEFF{\"result\":{}}",
                "{\"result\":{\"b64data\":\"\",\"b64info\":\"\",\"expire_at\":0,\"info\":null,\"data\":null}}",
                "{\"result\":{\"b64data\":null,\"b64info\":null,\"expire_at\":null}}"
            })
    void what_is_not_set_is_as_if_it_were_not_there(String body) {
        site.behave(FakeSite.answer(200, body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        assertThat(get(hooks.subscribe(ANN, "c", null))).isEqualTo(SubscribeGrant.PLAIN);
        assertThat(text(published(hooks.publish(ANN, "c", raw("x"))))).isEqualTo("x");
        assertThat(get(hooks.rpc(ANN, "m", null))).isNull();
    }

    @Test
    void a_connect_is_let_in_by_a_result_in_which_nothing_is_set() {
        site.behave(FakeSite.answer("{\"result\":{\"user\":\"ann\",\"b64info\":\"\",\"b64data\":\"\","
                + "\"channels\":null,\"subs\":[],\"expire_at\":0}}"));
        ConnectGrant welcome = get(hooks().connect(ANN, ConnectRequest.NONE));
        assertThat(welcome.identity().user()).isEqualTo("ann");
        assertThat(welcome.identity().info()).isNull();
        assertThat(welcome.identity().channels()).isEmpty();
        assertThat(welcome.data()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "100, internal server error, true",
        "101, unauthorized, false",
        "103, permission denied, false",
        "109, token expired, false",
        "399, what, false",
        "1999, later, true"
    })
    void codes_of_errors_are_passed_on_as_they_are(int code, String message, boolean temporary) {
        site.behave(FakeSite.answer(
                "{\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\",\"temporary\":" + temporary + "}}"));
        Hooks hooks = hooks();
        for (CompletionStage<?> stage : List.<CompletionStage<?>>of(
                Objects.requireNonNull(hooks.connect(ANN, ConnectRequest.NONE)),
                hooks.subscribe(ANN, "c", null),
                hooks.publish(ANN, "c", raw("x")),
                hooks.rpc(ANN, "m", null))) {
            assertThatThrownBy(() -> get(stage)).cause().isInstanceOfSatisfying(ClientError.class, error -> {
                assertThat(error.code()).isEqualTo(code);
                assertThat(error.text()).isEqualTo(message);
                assertThat(error.isTemporary()).isEqualTo(temporary);
                assertThat(error.isOfApplication()).isTrue();
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3000, 3005, 3500, 3501, 3999, 4000, 4999})
    void codes_of_disconnects_are_passed_on_as_they_are(int code) {
        site.behave(FakeSite.answer("{\"disconnect\":{\"code\":" + code + ",\"reason\":\"x\"}}"));
        refuses(hooks().rpc(ANN, "m", null), Disconnect.ofApplication(code, "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"code\":99}", "{\"code\":2000}", "{\"code\":4294967696}", "{\"code\":-1}"})
    void an_error_whose_code_cannot_go_on_the_wire_is_logged_and_is_error_103(String error) {
        site.behave(FakeSite.answer("{\"error\":" + error + "}"));
        refuses(hooks().publish(ANN, "c", raw("x")), ClientError.ofApplication(103, ""));
        assertThat(lines).singleElement().asString().contains("hook=publish: the code ", "error", "103");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1000, 2999, 5000, 4294971296L})
    void a_disconnect_whose_code_cannot_go_on_the_wire_is_logged_and_is_3503(long code) {
        site.behave(FakeSite.answer("{\"disconnect\":{\"code\":" + code + ",\"reason\":\"x\"}}"));
        refuses(hooks().publish(ANN, "c", raw("x")), Disconnect.ofApplication(3503, "x"));
        assertThat(lines).singleElement().asString().contains("hook=publish: the code " + code, "disconnect", "3503");
    }

    @ParameterizedTest
    @ValueSource(longs = {1_899_999_999L, 1_900_000_000L, 1, -1})
    void what_is_over_already_is_error_110(long end) {
        site.behave(FakeSite.answer("{\"result\":{\"expire_at\":" + end + "}}"));
        Hooks hooks = hooks();
        for (CompletionStage<?> stage : List.<CompletionStage<?>>of(
                Objects.requireNonNull(hooks.connect(ANN, ConnectRequest.NONE)), hooks.subscribe(ANN, "c", null))) {
            assertThatThrownBy(() -> get(stage)).cause().isInstanceOfSatisfying(ClientError.class, error -> {
                assertThat(error.code()).isEqualTo(110);
                assertThat(error.text()).isEqualTo("expired");
                assertThat(error.isTemporary()).isFalse();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, 101, unauthorized",
        "403, 103, permission denied",
        "404, 104, method not found",
    })
    void a_status_says_no_as_its_error_does(int status, int code, String text) {
        site.behave(FakeSite.answer(status, "{\"result\":{}}".getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.ofApplication(code, text));
        assertThat(outcome(hooks, Event.PUBLISH, "refused")).isEqualTo(1);
    }

    @Test
    void statuses_mean_what_the_operator_says() {
        Hooks hooks = hooks(
                urls(),
                Map.of(),
                Statuses.of(List.of("402 4501 unpaid", "429 111", "500 1000", "403 404 not  here")),
                false);
        site.behave(FakeSite.answer(402, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), Disconnect.ofApplication(4501, "unpaid"));
        site.behave(FakeSite.answer(429, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.temporaryOfApplication(111, "too many requests"));
        site.behave(FakeSite.answer(500, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(1000, "refused by the application"));
        site.behave(FakeSite.answer(403, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(404, "not  here"));
        site.behave(FakeSite.answer(401, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
    }

    @Test
    void a_publication_has_the_tags_and_the_manner_that_the_answer_says() {
        site.behave(FakeSite.answer("{\"result\":{\"tags\":{\"a\":\"b\"},\"skip_history\":true,"
                + "\"idempotency_key\":\"k\",\"delta\":true,\"version\":7,\"version_epoch\":\"e\"}}"));
        assertThat(get(hooks().publish(ANN, "c", Payload.json("1"))))
                .isEqualTo(new PublishGrant(
                        Payload.json("1"), Map.of("a", "b"), new PublishOptions("k", true), new Version(7, "e")));
        assertThat(lines).isEmpty();
    }

    @Test
    void members_that_do_nothing_here_are_named_in_the_log_once_a_minute() {
        site.behave(FakeSite.answer("{\"result\":{\"novel\":7,\"empty\":\"\",\"secret\":\"canary\"}}"));
        Hooks hooks = hooks();
        for (int i = 0; i < 3; i++) {
            published(hooks.publish(ANN, "c", raw("x")));
        }
        assertThat(lines)
                .containsExactly(
                        "hook=publish: the member \"novel\" of a result is not obeyed",
                        "hook=publish: the member \"secret\" of a result is not obeyed");
        clock.advance(Duration.ofSeconds(61));
        published(hooks.publish(ANN, "c", raw("x")));
        assertThat(lines).hasSize(4);
    }

    @Test
    void a_subscription_of_which_the_client_may_not_hear_all_is_refused() {
        site.behave(FakeSite.answer("{\"result\":{\"server_tags_filter\":{\"key\":\"a\"}}}"));
        assertThatThrownBy(() -> get(hooks().subscribe(ANN, "c", null)))
                .cause()
                .isInstanceOfSatisfying(
                        ClientError.class, error -> assertThat(error.code()).isEqualTo(108));
        assertThat(lines).singleElement().asString().contains("server_tags_filter");
    }

    // When something is over.

    @Test
    void a_connection_is_renewed_for_as_long_as_the_answer_says() throws Exception {
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, true);
        site.behave(FakeSite.answer("{\"result\":{\"expire_at\":1900000060,\"info\":{\"a\": 1},\"meta\":{\"b\": 2}}}"));
        assertThat(hooks.renewsConnections()).isTrue();
        assertThat(get(hooks.refresh(withMeta(" {}")))).isEqualTo(new RefreshGrant(60, "{\"a\": 1}", "{\"b\": 2}"));
        FakeSite.Request asked = site.next();
        assertThat(asked.path()).isEqualTo("/refresh");
        assertThat(asked.body())
                .isEqualTo("{\"client\":\"8c2c\",\"transport\":\"websocket\",\"protocol\":\"json\","
                        + "\"encoding\":\"json\",\"user\":\"ann\",\"meta\": {}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"result\":{}}", "{\"result\":{\"expired\":true,\"expire_at\":1900000060}}"})
    void a_connection_that_is_not_renewed_is_over(String body) {
        site.behave(FakeSite.answer(body));
        refuses(hooks().refresh(ANN), Disconnect.EXPIRED);
    }

    @Test
    void a_subscription_is_renewed_for_as_long_as_the_answer_says_or_for_ever() throws Exception {
        Hooks hooks = hooks();
        site.behave(FakeSite.answer("{\"result\":{\"expire_at\":1900000060,\"b64info\":\"eyJ5IjoxfQ==\"}}"));
        assertThat(hooks.renewsSubscriptions()).isTrue();
        assertThat(get(hooks.refresh(ANN, "c"))).isEqualTo(new RefreshGrant(60, "{\"y\":1}", null));
        FakeSite.Request asked = site.next();
        assertThat(asked.path()).isEqualTo("/sub_refresh");
        assertThat(asked.body()).endsWith("\"user\":\"ann\",\"channel\":\"c\"}");
        site.behave(FakeSite.answer("{\"result\":{}}"));
        assertThat(get(hooks.refresh(ANN, "c"))).isEqualTo(new RefreshGrant(0, null, null));
        site.behave(FakeSite.answer("{\"result\":{\"expired\":true}}"));
        refuses(hooks.refresh(ANN, "c"), Disconnect.SUBSCRIPTION_EXPIRED);
    }

    // What is no answer.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"result\":null}",
                "{\"result\":[]}",
                "{\"result\":{}} x",
                "{\"result\":{},\"result\":{}}",
                "{\"result\":{\"user\":7}}",
                "{\"result\":{\"user\":\"\\ud800\"}}",
                "{\"result\":{\"channels\":\"news\"}}",
                "{\"result\":{\"channels\":[1]}}",
                "{\"result\":{\"channels\":[\"\"]}}",
                "{\"result\":{\"subs\":{\"a\":1}}}",
                "{\"result\":{\"expire_at\":\"1900000001\"}}",
                "{\"result\":{\"expire_at\":1900000001.5}}",
                "{\"result\":{\"b64info\":\"!\"}}",
                "{\"result\":{\"b64info\":\"/w==\"}}",
                "{\"result\":{\"b64data\":\"eA==\"}}",
                "{\"error\":{\"code\":403,\"message\":1}}",
                "{\"error\":\"no\"}",
                "<html>"
            })
    void an_answer_that_makes_no_sense_is_a_temporary_error(String body) {
        site.behave(FakeSite.answer(200, body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        refuses(Objects.requireNonNull(hooks.connect(ANN, ConnectRequest.NONE)), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.CONNECT, "failed")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"500", "400", "418", "503"})
    void a_status_that_is_none_of_success_is_a_temporary_error(int status) {
        site.behave(FakeSite.answer(status, "{\"result\":{}}".getBytes(StandardCharsets.UTF_8)));
        refuses(hooks().publish(ANN, "c", raw("x")), ClientError.INTERNAL);
    }

    @Test
    void nobody_is_sent_elsewhere() {
        site.behave((exchange, request) -> {
            exchange.getResponseHeaders().set("Location", site.uri("other").toString());
            exchange.sendResponseHeaders(307, -1);
        });
        refuses(hooks().rpc(ANN, "m", null), ClientError.INTERNAL);
        assertThat(site.count()).isEqualTo(1);
    }

    @Test
    void bytes_that_are_no_text_and_answers_that_are_too_long_are_temporary_errors() {
        Hooks hooks = hooks();
        site.behave(FakeSite.answer(200, new byte[] {'{', '"', -1, '"', '}'}));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        site.behave(FakeSite.answer("{\"result\":{\"data\":\"" + "x".repeat(MESSAGE_BYTES + 64 * 1024) + "\"}}"));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        site.behave((exchange, request) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] part = new byte[1024 * 1024];
            for (int i = 0; i < 1024; i++) { // who reads that has less heap than that
                exchange.getResponseBody().write(part);
            }
        });
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.RPC, "failed")).isEqualTo(3);
    }

    // When it does not answer.

    @Test
    void who_answers_late_or_dribbles_is_cut_off_at_the_timeout() {
        Hooks hooks = hooks(SHORT);
        site.behave(site.silence());
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        site.behave(site.dribble());
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.PUBLISH, "timeout")).isEqualTo(2);
    }

    @Test
    void answers_come_in_time_even_if_no_thread_of_the_http_client_is_free() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        for (int i = 0; i < 2; i++) {
            threads.execute(() -> {
                try {
                    busy.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        Hooks hooks = hooks(SHORT);
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.PUBLISH, "timeout")).isEqualTo(1);
        busy.countDown();
    }

    @Test
    void more_than_may_be_outstanding_are_refused_at_once_and_each_hook_has_its_own_share() {
        site.behave(site.silence());
        Hooks hooks = hooks(LONG, 2, null, "");
        List<CompletionStage<PublishGrant>> waiting = IntStream.range(0, 2)
                .mapToObj(i -> hooks.publish(ANN, "c", raw("x")))
                .toList();
        await().until(() -> site.count() == 2);
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(waiting).noneMatch(stage -> stage.toCompletableFuture().isDone());
        assertThat(outcome(hooks, Event.PUBLISH, "rejected")).isEqualTo(1);
        site.behave(FakeSite.answer("{\"result\":{}}"));
        assertThat(get(hooks.rpc(ANN, "m", null))).isNull();
    }

    private static Caller user(String name) {
        return new Caller("client of " + name, name, "websocket", "json", Map.of());
    }

    private void fail(Hooks hooks, int times, IntFunction<Caller> callers) {
        for (int i = 0; i < times; i++) {
            refuses(hooks.publish(callers.apply(i), "c", raw("x")), ClientError.INTERNAL);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void a_dead_application_is_left_alone_until_it_is_tried_again(int status) {
        site.behave(FakeSite.answer(status, new byte[0]));
        Hooks hooks = hooks();
        fail(hooks, 5, i -> user("user " + i));
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, true).containsEntry(Event.RPC, false);
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(site.count()).isEqualTo(5);

        clock.advance(Duration.ofSeconds(6));
        site.behave(FakeSite.answer("{\"result\":{}}"));
        for (int i = 0; i < 3; i++) {
            published(hooks.publish(ANN, "c", raw("x")));
        }
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, false);
        assertThat(site.count()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | ",
                "400 | ",
                "500 | ",
                "307 | ",
                "200 | {}",
                "200 | nonsense",
                "200 | {\"error\":{\"code\":103,\"message\":\"permission denied\"}}",
                "200 | {\"error\":{\"code\":7}}",
                "200 | {\"disconnect\":{\"code\":1}}",
                "200 | {\"result\":{\"expire_at\":1}}"
            })
    void no_answer_makes_the_application_count_as_dead(int status, @Nullable String body) {
        site.behave(FakeSite.answer(status, body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        for (int i = 0; i < 30; i++) {
            assertThatThrownBy(() -> get(hooks.connect(user(""), ConnectRequest.NONE)));
        }
        assertThat(hooks.dead()).containsEntry(Event.CONNECT, false);
        site.behave(FakeSite.answer("{\"result\":{\"user\":\"bob\"}}"));
        assertThat(get(hooks.connect(user(""), ConnectRequest.NONE)).identity().user())
                .isEqualTo("bob");
    }

    @Test
    void answers_that_are_too_long_do_not_make_the_application_count_as_dead() {
        site.behave(FakeSite.answer("{\"result\":{\"data\":\"" + "x".repeat(MESSAGE_BYTES + 64 * 1024) + "\"}}"));
        Hooks hooks = hooks();
        fail(hooks, 30, i -> user("user " + i));
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, false);
    }

    @Test
    void one_user_alone_does_not_make_the_application_count_as_dead() {
        Hooks hooks = hooks(SHORT);
        site.behave(site.silence());
        fail(hooks, 3, i -> new Caller("client " + i, "eve", "websocket", "json", Map.of()));
        site.behave(FakeSite.answer(503, new byte[0]));
        fail(hooks, 20, i -> new Caller("client " + i, "eve", "websocket", "json", Map.of()));
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, false);
        site.behave(FakeSite.answer("{\"result\":{}}"));
        assertThat(text(published(hooks.publish(ANN, "c", raw("x"))))).isEqualTo("x");
    }

    @Test
    void one_address_alone_does_not_make_the_application_count_as_dead() {
        Hooks hooks = hooks();
        site.behave(FakeSite.answer(503, new byte[0]));
        fail(hooks, 20, i -> new Caller("client " + i, "", "192.0.2.1", "websocket", "json", Map.of(), Map.of(), null));
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, false);
    }

    @Test
    void where_nobody_listens_the_failures_of_one_client_are_enough() {
        URI gone = site.uri("gone");
        site.close();
        Hooks hooks = hooks(LONG, 8, gone, "");
        fail(hooks, 5, i -> ANN);
        assertThat(hooks.dead()).containsEntry(Event.PUBLISH, true);
    }

    @Test
    void where_nobody_listens_there_is_a_temporary_error() {
        URI gone = site.uri("gone");
        site.close();
        refuses(hooks(LONG, 8, gone, "").rpc(ANN, "m", null), ClientError.INTERNAL);
    }

    // Who asks.

    @Test
    void a_request_is_signed_over_its_body() throws Exception {
        get(hooks(LONG, 8, null, SECRET).rpc(ANN, "m", Payload.json("\"ü\"")));
        FakeSite.Request asked = site.next();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String hex = HexFormat.of().formatHex(mac.doFinal(asked.body().getBytes(StandardCharsets.UTF_8)));
        assertThat(asked.headers().get("X-switchboard-signature")).containsExactly("sha256=" + hex);
    }

    @Test
    void a_password_in_a_url_goes_as_a_header() throws Exception {
        URI url = URI.create(site.uri("a%20b?c=%26").toString().replace("http://", "http://ann:p%40ss@"));
        get(hooks(LONG, 8, url, "").rpc(ANN, "m", null));
        FakeSite.Request asked = site.next();
        assertThat(asked.path()).isEqualTo("/a b");
        assertThat(asked.headers().get("Authorization")).containsExactly("Basic YW5uOnBAc3M=");
    }

    @Test
    void a_header_that_cannot_be_passed_on_is_left_out() {
        Caller odd = new Caller("8c2c", "", "websocket", "raw", Map.of("Cookie", List.of("a\u0007b", "c=1")));
        site.behave((exchange, request) -> {
            assertThat(request.headers().get("Cookie")).containsExactly("c=1");
            assertThat(request.json().text("encoding")).isEqualTo("json");
            FakeSite.answer("{\"result\":{}}").answer(exchange, request);
        });
        assertThat(get(hooks().rpc(odd, "m", null))).isNull();
    }

    @Test
    void a_connect_says_what_the_client_says_of_itself() throws Exception {
        Hooks hooks = hooks();
        get(hooks.connect(ANN, new ConnectRequest("js", "5.2", List.of("a", "\"b\""), Map.of(), Payload.json("1"))));
        assertThat(site.next().body())
                .endsWith("\"user\":\"ann\",\"name\":\"js\",\"version\":\"5.2\","
                        + "\"channels\":[\"a\",\"\\\"b\\\"\"],\"data\":1}");
    }

    @ParameterizedTest
    @CsvSource({"websocket, protobuf", "http_stream, protobuf", "sse, json", "websocket, raw"})
    void the_encoding_is_that_of_the_data(String transport, String protocol) throws Exception {
        Hooks hooks = hooks();
        Caller caller = new Caller("8c2c", "ann", transport, protocol, Map.of());
        published(hooks.publish(caller, "c", Payload.json("1")));
        assertThat(site.next().body())
                .contains("\"transport\":\"" + transport + "\",\"protocol\":\"" + protocol + "\",\"encoding\":\"json\"")
                .endsWith("\"data\":1}");
        published(hooks.publish(caller, "c", Payload.opaque(Frame.binary(new byte[] {-1}))));
        assertThat(site.next().body()).contains("\"encoding\":\"binary\"").endsWith("\"b64data\":\"/w==\"}");
    }

    @Test
    void meta_is_said_with_each_question_where_the_operator_wants_that() throws Exception {
        Caller caller = withMeta("{\"tenant\": 1e2}");
        Hooks silent = hooks();
        get(silent.rpc(caller, "m", null));
        assertThat(site.next().body()).doesNotContain("meta");
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, true);
        get(hooks.rpc(caller, "m", null));
        published(hooks.publish(caller, "c", raw("x")));
        get(hooks.subscribe(caller, "c", null));
        get(hooks.refresh(caller, "c"));
        hooks.disconnected(caller, 3001, "shutdown");
        for (int i = 0; i < 5; i++) {
            assertThat(site.next().body()).endsWith(",\"meta\":{\"tenant\": 1e2}}");
        }
        get(hooks.rpc(ANN, "m", null));
        assertThat(site.next().body()).doesNotContain("meta");
    }

    @Test
    void who_comes_is_let_in_with_the_meta_of_the_answer() {
        site.behave(FakeSite.answer("{\"result\":{\"user\":\"ann\",\"meta\":{\"t\": 1}}}"));
        assertThat(get(hooks().connect(ANN, ConnectRequest.NONE)).identity().meta())
                .isEqualTo("{\"t\": 1}");
    }

    @Test
    void fixed_headers_go_with_each_request_and_no_client_sets_them() throws Exception {
        Hooks hooks =
                hooks(urls(), HooksSettings.fixedHeaders(List.of("X-Secret: a b", "x-tenant:1")), STATUSES, false);
        get(hooks.rpc(ANN, "m", null));
        FakeSite.Request asked = site.next();
        assertThat(asked.headers().get("X-secret")).containsExactly("a b");
        assertThat(asked.headers().get("X-tenant")).containsExactly("1");
    }

    @Test
    void headers_of_a_connect_command_are_marked_and_those_of_the_handshake_come_first() throws Exception {
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, false);
        Map<String, String> said = Map.of("X-Team", "red", "Cookie", "login=forged");
        get(hooks.rpc(new Caller("8c2c", "ann", "", "websocket", "json", Map.of(), said, null), "m", null));
        FakeSite.Request asked = site.next();
        assertThat(asked.headers().get("X-team")).containsExactly("red");
        assertThat(asked.headers().get("X-switchboard-connect-headers")).containsExactly("Cookie,X-Team");
        Map<String, List<String>> shaken = Map.of("Cookie", List.of("login=1"));
        get(hooks.rpc(new Caller("8c2c", "ann", "", "websocket", "json", shaken, said, null), "m", null));
        asked = site.next();
        assertThat(asked.headers().get("Cookie")).containsExactly("login=1");
        assertThat(asked.headers().get("X-switchboard-connect-headers")).containsExactly("X-Team");
    }

    @Test
    void what_has_no_url_is_not_asked() {
        Hooks hooks = new Hooks(
                new HooksSettings(
                        Map.of(Event.DISCONNECT, site.uri("disconnect")),
                        LONG,
                        1,
                        List.of(),
                        "",
                        Duration.ofSeconds(1)),
                MESSAGE_BYTES,
                threads,
                writers,
                timer,
                () -> NOW,
                clock,
                Runnable::run);
        started.add(hooks);
        assertThat(hooks.connect(ANN, ConnectRequest.NONE)).isNull();
        refuses(hooks.rpc(ANN, "m", null), ClientError.NOT_AVAILABLE);
        assertThat(Application.NONE.connect(ANN, ConnectRequest.NONE)).isNull();
    }

    // What it is told.

    private void pass(Hooks hooks, int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            hooks.tick();
        }
    }

    @Test
    void who_has_gone_is_told() throws Exception {
        site.behave(FakeSite.answer(204, new byte[0]));
        Hooks hooks = hooks();
        hooks.disconnected(ANN, 3001, "shutdown");
        FakeSite.Request told = site.next();
        assertThat(told.path()).isEqualTo("/disconnect");
        assertThat(told.body()).endsWith("\"user\":\"ann\",\"code\":3001,\"reason\":\"shutdown\"}");
        assertThat(told.headers().get("Cookie")).containsExactly("login=1");
        await().until(() -> outcome(hooks, Event.DISCONNECT, "ok") == 1);
    }

    @Test
    void an_application_that_was_down_is_told_again_and_after_a_minute_no_more() {
        site.behave(FakeSite.answer(503, new byte[0]));
        Hooks hooks = hooks();
        hooks.disconnected(ANN, 1000, "");
        for (int attempt = 1; attempt <= 2; attempt++) {
            int so = attempt;
            await().until(() -> outcome(hooks, Event.DISCONNECT, "failed") == so);
            pass(hooks, 2);
        }
        await().until(() -> outcome(hooks, Event.DISCONNECT, "failed") == 3);
        assertThat(outcome(hooks, Event.DISCONNECT, "dropped")).isZero();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            pass(hooks, 40);
            return outcome(hooks, Event.DISCONNECT, "dropped") == 1;
        });
        assertThat(site.count()).isLessThanOrEqualTo(7);
    }

    @Test
    void a_channel_that_stays_empty_is_told_once_when_it_is_time() throws Exception {
        Hooks hooks = hooks();
        hooks.occupied("a");
        hooks.vacated("a");
        pass(hooks, 9);
        hooks.vacated("later");
        pass(hooks, 1);
        assertThat(site.next().body()).isEqualTo("{\"channel\":\"a\"}");
        pass(hooks, 9);
        assertThat(site.next().body()).isEqualTo("{\"channel\":\"later\"}");
        await().until(() -> outcome(hooks, Event.VACATED, "ok") == 2);
        pass(hooks, 60);
        assertThat(site.count()).isEqualTo(2);
    }

    @Test
    void a_channel_to_which_somebody_came_back_is_not_told_and_its_time_begins_anew() throws Exception {
        Hooks hooks = hooks();
        hooks.vacated("a");
        hooks.vacated("flapping");
        pass(hooks, 5);
        hooks.occupied("a");
        hooks.occupied("flapping");
        hooks.vacated("flapping");
        pass(hooks, 5);
        hooks.vacated("marker");
        pass(hooks, 4);
        assertThat(site.count()).isZero();
        pass(hooks, 1);
        assertThat(site.next().body()).isEqualTo("{\"channel\":\"flapping\"}");
        pass(hooks, 5);
        assertThat(site.next().body()).isEqualTo("{\"channel\":\"marker\"}");
        assertThat(site.count()).isEqualTo(2);
    }

    @Test
    void of_one_channel_one_notice_is_on_its_way_and_an_old_one_is_not_repeated() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        site.behave((exchange, request) -> {
            try {
                open.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            FakeSite.answer(500, new byte[0]).answer(exchange, request);
        });
        Hooks hooks = hooks();
        hooks.vacated("a");
        pass(hooks, 10);
        site.next();
        hooks.occupied("a");
        hooks.vacated("a");
        pass(hooks, 20);
        assertThat(site.count()).isEqualTo(1);
        open.countDown();
        await().until(() -> outcome(hooks, Event.VACATED, "failed") == 1);
        site.behave(FakeSite.answer("{}"));
        pass(hooks, 1);
        site.next();
        await().until(() -> outcome(hooks, Event.VACATED, "ok") == 1);
        pass(hooks, 60);
        assertThat(site.count()).isEqualTo(2);
    }

    @Test
    void no_more_is_kept_than_there_is_room_for() {
        site.behave(site.silence());
        Hooks hooks = hooks();
        for (int i = 0; i < 10_020; i++) {
            hooks.disconnected(ANN, 1000, "");
        }
        assertThat(outcome(hooks, Event.DISCONNECT, "dropped")).isEqualTo(20);
        await().until(() -> site.count() == 8);
    }

    @Test
    void a_stop_waits_until_the_last_is_told() throws InterruptedException {
        Hooks hooks = hooks();
        for (int i = 0; i < 100; i++) {
            hooks.disconnected(ANN, 3001, "shutdown");
        }
        hooks.stop();
        assertThat(site.count()).isEqualTo(100);
    }
}
