package dev.switchboard.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.limits.EventLog;
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
import dev.switchboard.model.TagsFilter;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Application.Caller;
import dev.switchboard.spi.Tracing;
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

/** Tests hook requests, and what their replies mean. */
class HooksTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_900_000_000L);
    private static final String SECRET = "a secret of more than thirty-two bytes";
    private static final Caller ANN =
            new Caller("8c2c", "ann", "websocket", "json", Map.of("Cookie", List.of("login=1")));
    private static final int MESSAGE_BYTES = 1_000;
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Statuses STATUSES = Statuses.of(List.of());
    private static final Duration SHORT = Duration.ofMillis(200);

    private final FakeApplication application = new FakeApplication();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final ExecutorService writers = Executors.newFixedThreadPool(2);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final FakeClock clock = new FakeClock();
    private final List<Hooks> started = new ArrayList<>();
    private final Logger warnings = Logger.getLogger(
            HookWarnings.class.getName()); // a field, because the log manager keeps only a weak reference
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
        warnings.addHandler(handler);
    }

    @AfterEach
    void stop() throws InterruptedException {
        warnings.removeHandler(handler);
        application.close();
        for (Hooks hooks : started) {
            hooks.stop();
        }
        for (ExecutorService pool : List.of(threads, writers, timer)) {
            pool.shutdownNow();
            assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private EventLog events() {
        return new EventLog(Runnable::run, clock, EventLog.Format.TEXT);
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
            urls.put(event, application.uri(event.label()));
        }
        return urls;
    }

    private Hooks hooks(HooksSettings settings) {
        Hooks hooks =
                new Hooks(settings, MESSAGE_BYTES, threads, writers, timer, () -> NOW, clock, events(), Tracing.NONE);
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
            assertThat(refusal).isInstanceOf(expected.getClass()).hasMessageStartingWith(expected.getMessage());
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

    // Requests and results.

    @Test
    void connect_sends_what_is_known_of_the_client_and_reads_a_result_like_a_token() throws Exception {
        application.behave(FakeApplication.reply("""
                {"result": {"user": "ann", "expire_at": 1900000060, "info": {"name":  "Ann", "n": 1e2}, "data": [1.0],
                 "channels": ["news"], "subs": {"room": {"info": {"x": 12345678901234567890123}, "b64data": "eyJ5IjoxfQ=="}, "hall": {}}}}
                """));
        ConnectGrant grant = get(hooks().connect(ANN, ConnectRequest.of(Payload.json("{\"a\" : 1}"))));
        FakeApplication.Request request = application.next();
        assertThat(request.path()).isEqualTo("/connect");
        assertThat(request.body())
                .isEqualTo(
                        "{\"client\":\"8c2c\",\"transport\":\"websocket\",\"protocol\":\"json\",\"encoding\":\"json\","
                                + "\"user\":\"ann\",\"data\":{\"a\" : 1}}");
        assertThat(request.headers().get("Cookie")).containsExactly("login=1");
        assertThat(request.headers().get("Content-Type")).containsExactly("application/json");
        assertThat(request.headers()).doesNotContainKey("X-switchboard-signature");
        assertThat(grant.identity().user()).isEqualTo("ann");
        assertThat(grant.identity().ttl()).isEqualTo(60);
        assertThat(grant.identity().info()).isEqualTo("{\"name\":  \"Ann\", \"n\": 1e2}");
        assertThat(grant.identity().channels())
                .isEqualTo(Map.of(
                        "news",
                        SubscribeGrant.PLAIN,
                        "room",
                        new SubscribeGrant("{\"x\": 12345678901234567890123}", "{\"y\":1}", 0),
                        "hall",
                        SubscribeGrant.PLAIN));
        assertThat(grant.data()).isEqualTo("[1.0]");
        assertThat(grant.renewal()).isZero();
    }

    @Test
    void a_reply_overrides_options_of_a_channel() {
        String override = "\"override\":{\"presence\":{\"value\":true},\"join_leave\":{},\"force_recovery\":null}";
        ChannelOverride meant = new ChannelOverride(true, false, null, null, null);
        application.behave(FakeApplication.reply("{\"result\":{" + override + "}}"));
        assertThat(get(hooks().subscribe(ANN, "room", null)).override()).isEqualTo(meant);
        application.behave(
                FakeApplication.reply("{\"result\":{\"user\":\"ann\",\"subs\":{\"room\":{" + override + "}}}}"));
        assertThat(get(hooks().connect(ANN, ConnectRequest.NONE)).identity().channels())
                .isEqualTo(Map.of("room", new SubscribeGrant(null, null, 0, null, meant)));
    }

    @Test
    void connect_admits_an_anonymous_client_if_the_result_is_empty() {
        ConnectGrant grant = get(hooks().connect(ANN, ConnectRequest.NONE));
        assertThat(grant.identity().isAnonymous()).isTrue();
        assertThat(grant.identity().ttl()).isZero();
    }

    @Test
    void subscribe_takes_the_grant_from_the_reply() throws Exception {
        application.behave(FakeApplication.reply("{\"result\":{\"info\":{},\"data\":1,\"expire_at\":1900000001}}"));
        assertThat(get(hooks().subscribe(ANN, "a \"room\"", null))).isEqualTo(new SubscribeGrant("{}", "1", 1));
        assertThat(application.next().body()).endsWith("\"user\":\"ann\",\"channel\":\"a \\\"room\\\"\"}");
    }

    @Test
    void publish_returns_the_same_payload_if_the_reply_does_not_replace_it() throws Exception {
        Hooks hooks = hooks();
        Payload bytes = Payload.opaque(Frame.binary(new byte[] {-1, 0}));
        assertThat(published(hooks.publish(ANN, "c", bytes))).isSameAs(bytes);
        assertThat(application.next().body()).endsWith(",\"channel\":\"c\",\"b64data\":\"/wA=\"}");
        assertThat(published(hooks.publish(ANN, "c", raw("no json")))).isEqualTo(raw("no json"));
        assertThat(application.next().body()).endsWith(",\"data\":\"no json\"}");
        assertThat(published(hooks.publish(ANN, "c", raw(" {\"a\": 1e2}")))).isEqualTo(raw(" {\"a\": 1e2}"));
        assertThat(application.next().body()).endsWith(",\"data\": {\"a\": 1e2}}");
    }

    @Test
    void publish_returns_a_replacement_in_the_form_of_the_payload() {
        Hooks hooks = hooks();
        application.behave(FakeApplication.reply("{\"result\":{\"data\":\"a\\u0041\"}}"));
        assertThat(published(hooks.publish(ANN, "c", raw("no json")))).isEqualTo(raw("aA"));
        assertThat(published(hooks.publish(ANN, "c", Payload.json("1")))).isEqualTo(Payload.json("\"a\\u0041\""));
        assertThat(published(hooks.publish(ANN, "c", raw("1")))).isEqualTo(Payload.json("\"a\\u0041\""));
        application.behave(FakeApplication.reply("{\"result\":{\"b64data\":\"/wA=\"}}"));
        assertThat(published(hooks.publish(ANN, "c", Payload.json("1"))))
                .isEqualTo(Payload.opaque(Frame.binary(new byte[] {-1, 0})));
    }

    @Test
    void rpc_returns_the_data_of_the_reply_or_null() throws Exception {
        Hooks hooks = hooks();
        assertThat(get(hooks.rpc(ANN, "m", null))).isNull();
        assertThat(application.next().body()).endsWith(",\"method\":\"m\"}");
        application.behave(FakeApplication.reply("{\"result\":{\"data\":{ }}}"));
        assertThat(text(get(hooks.rpc(ANN, "m", Payload.json("2"))))).isEqualTo("{ }");
    }

    // Refusals.

    @Test
    void an_error_or_a_disconnect_of_the_reply_refuses() {
        Hooks hooks = hooks();
        application.behave(FakeApplication.reply("{\"error\":{\"code\":403,\"message\":\"not you\"}}"));
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.ofApplication(403, "not you"));
        application.behave(
                FakeApplication.reply("{\"error\":{\"code\":1999,\"message\":\"later\",\"temporary\":true}}"));
        assertThatThrownBy(() -> get(hooks.rpc(ANN, "m", null)))
                .cause()
                .satisfies(
                        error -> assertThat(((ClientError) error).isTemporary()).isTrue());
        application.behave(FakeApplication.reply("{\"error\":{\"code\":104,\"message\":\"no method here\"}}"));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(104, "no method here"));
        application.behave(FakeApplication.reply("{\"disconnect\":{\"code\":4500,\"reason\":\"banned\"}}"));
        refuses(hooks.subscribe(ANN, "c", null), Disconnect.ofApplication(4500, "banned"));
        assertThat(outcome(hooks, Event.RPC, "refused")).isEqualTo(2);
        assertThat(Objects.requireNonNull(hooks.times().get(Event.RPC)).count()).isEqualTo(2);
        assertThat(hooks.down()).doesNotContainValue(true);
    }

    @Test
    void a_disconnect_gets_another_reason_if_a_library_would_misread_it() {
        Hooks hooks = hooks();
        for (String reason : List.of("", " ", "42", "{\"a\":1}")) {
            application.behave(FakeApplication.reply(
                    "{\"disconnect\":{\"code\":4000,\"reason\":\"" + reason.replace("\"", "\\\"") + "\"}}"));
            refuses(hooks.rpc(ANN, "m", null), Disconnect.ofApplication(4000, "disconnected by the application"));
        }
        application.behave(
                FakeApplication.reply("{\"disconnect\":{\"code\":4000,\"reason\":\"" + "ü😀".repeat(100) + "\"}}"));
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
    void a_member_counts_as_absent_if_it_is_null_or_empty(String body) {
        application.behave(FakeApplication.reply(200, body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        assertThat(get(hooks.subscribe(ANN, "c", null))).isEqualTo(SubscribeGrant.PLAIN);
        assertThat(text(published(hooks.publish(ANN, "c", raw("x"))))).isEqualTo("x");
        assertThat(get(hooks.rpc(ANN, "m", null))).isNull();
    }

    @Test
    void connect_reads_null_and_empty_members_as_absent() {
        application.behave(FakeApplication.reply("{\"result\":{\"user\":\"ann\",\"b64info\":\"\",\"b64data\":\"\","
                + "\"channels\":null,\"subs\":[],\"expire_at\":0}}"));
        ConnectGrant grant = get(hooks().connect(ANN, ConnectRequest.NONE));
        assertThat(grant.identity().user()).isEqualTo("ann");
        assertThat(grant.identity().info()).isNull();
        assertThat(grant.identity().channels()).isEmpty();
        assertThat(grant.data()).isNull();
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
    void an_error_keeps_its_code_text_and_temporary_flag(int code, String message, boolean temporary) {
        application.behave(FakeApplication.reply(
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
    void a_disconnect_keeps_its_code(int code) {
        application.behave(FakeApplication.reply("{\"disconnect\":{\"code\":" + code + ",\"reason\":\"x\"}}"));
        refuses(hooks().rpc(ANN, "m", null), Disconnect.ofApplication(code, "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"code\":99}", "{\"code\":2000}", "{\"code\":4294967696}", "{\"code\":-1}"})
    void an_error_becomes_103_with_a_warning_if_its_code_is_out_of_range(String error) {
        application.behave(FakeApplication.reply("{\"error\":" + error + "}"));
        refuses(hooks().publish(ANN, "c", raw("x")), ClientError.ofApplication(103, ""));
        assertThat(lines).singleElement().asString().contains("hook=publish: the code ", "error", "103");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1000, 2999, 5000, 4294971296L})
    void a_disconnect_becomes_3503_with_a_warning_if_its_code_is_out_of_range(long code) {
        application.behave(FakeApplication.reply("{\"disconnect\":{\"code\":" + code + ",\"reason\":\"x\"}}"));
        refuses(hooks().publish(ANN, "c", raw("x")), Disconnect.ofApplication(3503, "x"));
        assertThat(lines).singleElement().asString().contains("hook=publish: the code " + code, "disconnect", "3503");
    }

    @ParameterizedTest
    @ValueSource(longs = {1_899_999_999L, 1_900_000_000L, 1, -1})
    void a_grant_is_error_110_if_expire_at_is_in_the_past(long end) {
        application.behave(FakeApplication.reply("{\"result\":{\"expire_at\":" + end + "}}"));
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
    void a_status_refuses_with_its_error(int status, int code, String text) {
        application.behave(FakeApplication.reply(status, "{\"result\":{}}".getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.ofApplication(code, text));
        assertThat(outcome(hooks, Event.PUBLISH, "refused")).isEqualTo(1);
    }

    @Test
    void a_status_refuses_as_the_setting_says() {
        Hooks hooks = hooks(
                urls(),
                Map.of(),
                Statuses.of(List.of("402 4501 unpaid", "429 111", "500 1000", "403 404 not  here")),
                false);
        application.behave(FakeApplication.reply(402, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), Disconnect.ofApplication(4501, "unpaid"));
        application.behave(FakeApplication.reply(429, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.temporaryOfApplication(111, "too many requests"));
        application.behave(FakeApplication.reply(500, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(1000, "refused by the application"));
        application.behave(FakeApplication.reply(403, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.ofApplication(404, "not  here"));
        application.behave(FakeApplication.reply(401, new byte[0]));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
    }

    @Test
    void publish_takes_tags_options_and_version_from_the_reply() {
        application.behave(FakeApplication.reply("{\"result\":{\"tags\":{\"a\":\"b\"},\"skip_history\":true,"
                + "\"idempotency_key\":\"k\",\"delta\":true,\"version\":7,\"version_epoch\":\"e\"}}"));
        assertThat(get(hooks().publish(ANN, "c", Payload.json("1"))))
                .isEqualTo(new PublishGrant(
                        Payload.json("1"), Map.of("a", "b"), new PublishOptions("k", true), new Version(7, "e")));
        assertThat(lines).isEmpty();
    }

    @Test
    void a_member_without_effect_is_logged_up_to_ten_times_a_minute() {
        application.behave(FakeApplication.reply("{\"result\":{\"novel\":7,\"empty\":\"\",\"secret\":\"canary\"}}"));
        Hooks hooks = hooks();
        for (int i = 0; i < 12; i++) {
            published(hooks.publish(ANN, "c", raw("x")));
        }
        assertThat(lines)
                .containsOnly(
                        "hook=publish: the member \"novel\" of a result is not obeyed",
                        "hook=publish: the member \"secret\" of a result is not obeyed")
                .hasSize(20);
        clock.advance(Duration.ofSeconds(61));
        published(hooks.publish(ANN, "c", raw("x")));
        assertThat(lines).hasSize(22);
    }

    @Test
    void a_subscription_gets_the_tags_filter_of_the_reply() {
        application.behave(FakeApplication.reply(
                "{\"result\":{\"server_tags_filter\":{\"key\":\"a\",\"cmp\":\"eq\",\"val\":\"b\"}}}"));
        SubscribeGrant grant = get(hooks().subscribe(ANN, "c", null));
        assertThat(grant.filter()).isEqualTo(new TagsFilter.Text("a", TagsFilter.Text.Comparison.EQUAL, "b"));
        assertThat(lines).isEmpty();
    }

    @Test
    void subscribe_is_refused_if_the_tags_filter_of_the_reply_is_malformed() {
        application.behave(FakeApplication.reply("{\"result\":{\"server_tags_filter\":{\"key\":\"a\"}}}"));
        assertThatThrownBy(() -> get(hooks().subscribe(ANN, "c", null)))
                .cause()
                .isInstanceOfSatisfying(
                        ClientError.class, error -> assertThat(error.code()).isEqualTo(100));
    }

    @Test
    void refresh_renews_a_connection_until_expire_at() throws Exception {
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, true);
        application.behave(FakeApplication.reply(
                "{\"result\":{\"expire_at\":1900000060,\"info\":{\"a\": 1},\"meta\":{\"b\": 2}}}"));
        assertThat(hooks.renewsConnections()).isTrue();
        assertThat(get(hooks.refresh(withMeta(" {}")))).isEqualTo(new RefreshGrant(60, "{\"a\": 1}", "{\"b\": 2}"));
        FakeApplication.Request request = application.next();
        assertThat(request.path()).isEqualTo("/refresh");
        assertThat(request.body())
                .isEqualTo("{\"client\":\"8c2c\",\"transport\":\"websocket\",\"protocol\":\"json\","
                        + "\"encoding\":\"json\",\"user\":\"ann\",\"meta\": {}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"result\":{}}", "{\"result\":{\"expired\":true,\"expire_at\":1900000060}}"})
    void refresh_ends_a_connection_if_the_reply_does_not_renew_it(String body) {
        application.behave(FakeApplication.reply(body));
        refuses(hooks().refresh(ANN), Disconnect.EXPIRED);
    }

    @Test
    void sub_refresh_renews_a_subscription_until_expire_at_or_for_ever() throws Exception {
        Hooks hooks = hooks();
        application.behave(
                FakeApplication.reply("{\"result\":{\"expire_at\":1900000060,\"b64info\":\"eyJ5IjoxfQ==\"}}"));
        assertThat(hooks.renewsSubscriptions()).isTrue();
        assertThat(get(hooks.refresh(ANN, "c"))).isEqualTo(new RefreshGrant(60, "{\"y\":1}", null));
        FakeApplication.Request request = application.next();
        assertThat(request.path()).isEqualTo("/sub_refresh");
        assertThat(request.body()).endsWith("\"user\":\"ann\",\"channel\":\"c\"}");
        application.behave(FakeApplication.reply("{\"result\":{}}"));
        assertThat(get(hooks.refresh(ANN, "c"))).isEqualTo(new RefreshGrant(0, null, null));
        application.behave(FakeApplication.reply("{\"result\":{\"expired\":true}}"));
        refuses(hooks.refresh(ANN, "c"), Disconnect.SUBSCRIPTION_EXPIRED);
    }

    // Unusable replies.

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
    void a_malformed_reply_is_a_temporary_error(String body) {
        application.behave(FakeApplication.reply(200, body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        refuses(Objects.requireNonNull(hooks.connect(ANN, ConnectRequest.NONE)), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.CONNECT, "failed")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"500", "400", "418", "503"})
    void a_status_of_failure_is_a_temporary_error(int status) {
        application.behave(FakeApplication.reply(status, "{\"result\":{}}".getBytes(StandardCharsets.UTF_8)));
        refuses(hooks().publish(ANN, "c", raw("x")), ClientError.INTERNAL);
    }

    @Test
    void a_redirect_is_not_followed() {
        application.behave((exchange, request) -> {
            exchange.getResponseHeaders()
                    .set("Location", application.uri("other").toString());
            exchange.sendResponseHeaders(307, -1);
        });
        refuses(hooks().rpc(ANN, "m", null), ClientError.INTERNAL);
        assertThat(application.count()).isEqualTo(1);
    }

    @Test
    void a_reply_is_a_temporary_error_if_it_is_not_utf_8_or_too_long() {
        Hooks hooks = hooks();
        application.behave(FakeApplication.reply(200, new byte[] {'{', '"', -1, '"', '}'}));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        application.behave(
                FakeApplication.reply("{\"result\":{\"data\":\"" + "x".repeat(MESSAGE_BYTES + 64 * 1024) + "\"}}"));
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        application.behave((exchange, request) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] part = new byte[1024 * 1024];
            for (int i = 0; i < 1024; i++) { // more than the heap of the test
                exchange.getResponseBody().write(part);
            }
        });
        refuses(hooks.rpc(ANN, "m", null), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.RPC, "failed")).isEqualTo(3);
    }

    // No reply.

    @Test
    void a_request_fails_at_the_timeout_if_the_reply_is_late_or_unfinished() {
        Hooks hooks = hooks(SHORT);
        application.behave(application.silence());
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        application.behave(application.unfinished());
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(outcome(hooks, Event.PUBLISH, "timeout")).isEqualTo(2);
    }

    @Test
    void a_request_fails_at_the_timeout_if_no_thread_of_the_http_client_is_free() throws Exception {
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
    void a_request_is_rejected_at_once_if_its_hook_has_too_many_under_way() {
        application.behave(application.silence());
        Hooks hooks = hooks(LONG, 2, null, "");
        List<CompletionStage<PublishGrant>> waiting = IntStream.range(0, 2)
                .mapToObj(i -> hooks.publish(ANN, "c", raw("x")))
                .toList();
        await().until(() -> application.count() == 2);
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(waiting).noneMatch(stage -> stage.toCompletableFuture().isDone());
        assertThat(outcome(hooks, Event.PUBLISH, "rejected")).isEqualTo(1);
        application.behave(FakeApplication.reply("{\"result\":{}}"));
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
    void an_application_that_is_down_gets_no_requests_until_a_trial(int status) {
        application.behave(FakeApplication.reply(status, new byte[0]));
        Hooks hooks = hooks();
        fail(hooks, 5, i -> user("user " + i));
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, true).containsEntry(Event.RPC, false);
        refuses(hooks.publish(ANN, "c", raw("x")), ClientError.INTERNAL);
        assertThat(application.count()).isEqualTo(5);

        clock.advance(Duration.ofSeconds(6));
        application.behave(FakeApplication.reply("{\"result\":{}}"));
        for (int i = 0; i < 3; i++) {
            published(hooks.publish(ANN, "c", raw("x")));
        }
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, false);
        assertThat(application.count()).isEqualTo(8);
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
    void a_reply_never_marks_the_application_as_down(int status, @Nullable String body) {
        application.behave(
                FakeApplication.reply(status, body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8)));
        Hooks hooks = hooks();
        for (int i = 0; i < 30; i++) {
            assertThatThrownBy(() -> get(hooks.connect(user(""), ConnectRequest.NONE)));
        }
        assertThat(hooks.down()).containsEntry(Event.CONNECT, false);
        application.behave(FakeApplication.reply("{\"result\":{\"user\":\"bob\"}}"));
        assertThat(get(hooks.connect(user(""), ConnectRequest.NONE)).identity().user())
                .isEqualTo("bob");
    }

    @Test
    void a_reply_that_is_too_long_never_marks_the_application_as_down() {
        application.behave(
                FakeApplication.reply("{\"result\":{\"data\":\"" + "x".repeat(MESSAGE_BYTES + 64 * 1024) + "\"}}"));
        Hooks hooks = hooks();
        fail(hooks, 30, i -> user("user " + i));
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, false);
    }

    @Test
    void one_user_alone_never_marks_the_application_as_down() {
        Hooks hooks = hooks(SHORT);
        application.behave(application.silence());
        fail(hooks, 3, i -> new Caller("client " + i, "eve", "websocket", "json", Map.of()));
        application.behave(FakeApplication.reply(503, new byte[0]));
        fail(hooks, 20, i -> new Caller("client " + i, "eve", "websocket", "json", Map.of()));
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, false);
        application.behave(FakeApplication.reply("{\"result\":{}}"));
        assertThat(text(published(hooks.publish(ANN, "c", raw("x"))))).isEqualTo("x");
    }

    @Test
    void one_address_alone_never_marks_the_application_as_down() {
        Hooks hooks = hooks();
        application.behave(FakeApplication.reply(503, new byte[0]));
        fail(hooks, 20, i -> new Caller("client " + i, "", "192.0.2.1", "websocket", "json", Map.of(), Map.of(), null));
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, false);
    }

    @Test
    void refused_connections_of_one_client_mark_the_application_as_down() {
        URI gone = application.uri("gone");
        application.close();
        Hooks hooks = hooks(LONG, 8, gone, "");
        fail(hooks, 5, i -> ANN);
        assertThat(hooks.down()).containsEntry(Event.PUBLISH, true);
    }

    @Test
    void a_refused_connection_is_a_temporary_error() {
        URI gone = application.uri("gone");
        application.close();
        refuses(hooks(LONG, 8, gone, "").rpc(ANN, "m", null), ClientError.INTERNAL);
    }

    // Members and headers of a request.

    @Test
    void a_request_has_a_signature_of_its_body() throws Exception {
        get(hooks(LONG, 8, null, SECRET).rpc(ANN, "m", Payload.json("\"ü\"")));
        FakeApplication.Request request = application.next();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String hex = HexFormat.of().formatHex(mac.doFinal(request.body().getBytes(StandardCharsets.UTF_8)));
        assertThat(request.headers().get("X-switchboard-signature")).containsExactly("sha256=" + hex);
    }

    @Test
    void a_password_in_the_url_is_sent_in_a_header() throws Exception {
        URI url = URI.create(application.uri("a%20b?c=%26").toString().replace("http://", "http://ann:p%40ss@"));
        get(hooks(LONG, 8, url, "").rpc(ANN, "m", null));
        FakeApplication.Request request = application.next();
        assertThat(request.path()).isEqualTo("/a b");
        assertThat(request.headers().get("Authorization")).containsExactly("Basic YW5uOnBAc3M=");
    }

    @Test
    void a_request_leaves_out_a_malformed_header() {
        Caller odd = new Caller("8c2c", "", "websocket", "raw", Map.of("Cookie", List.of("a\u0007b", "c=1")));
        application.behave((exchange, request) -> {
            assertThat(request.headers().get("Cookie")).containsExactly("c=1");
            assertThat(request.json().text("encoding")).isEqualTo("json");
            FakeApplication.reply("{\"result\":{}}").reply(exchange, request);
        });
        assertThat(get(hooks().rpc(odd, "m", null))).isNull();
    }

    @Test
    void connect_sends_the_name_version_and_channels_of_the_client() throws Exception {
        Hooks hooks = hooks();
        get(hooks.connect(ANN, new ConnectRequest("js", "5.2", List.of("a", "\"b\""), Map.of(), Payload.json("1"))));
        assertThat(application.next().body())
                .endsWith("\"user\":\"ann\",\"name\":\"js\",\"version\":\"5.2\","
                        + "\"channels\":[\"a\",\"\\\"b\\\"\"],\"data\":1}");
    }

    @ParameterizedTest
    @CsvSource({"websocket, protobuf", "http_stream, protobuf", "sse, json", "websocket, raw"})
    void a_request_names_the_encoding_of_its_data(String transport, String protocol) throws Exception {
        Hooks hooks = hooks();
        Caller caller = new Caller("8c2c", "ann", transport, protocol, Map.of());
        published(hooks.publish(caller, "c", Payload.json("1")));
        assertThat(application.next().body())
                .contains("\"transport\":\"" + transport + "\",\"protocol\":\"" + protocol + "\",\"encoding\":\"json\"")
                .endsWith("\"data\":1}");
        published(hooks.publish(caller, "c", Payload.opaque(Frame.binary(new byte[] {-1}))));
        assertThat(application.next().body())
                .contains("\"encoding\":\"binary\"")
                .endsWith("\"b64data\":\"/w==\"}");
    }

    @Test
    void a_request_has_the_meta_of_its_connection_if_the_setting_says_so() throws Exception {
        Caller caller = withMeta("{\"tenant\": 1e2}");
        Hooks silent = hooks();
        get(silent.rpc(caller, "m", null));
        assertThat(application.next().body()).doesNotContain("meta");
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, true);
        get(hooks.rpc(caller, "m", null));
        published(hooks.publish(caller, "c", raw("x")));
        get(hooks.subscribe(caller, "c", null));
        get(hooks.refresh(caller, "c"));
        hooks.disconnected(caller, 3001, "shutdown");
        for (int i = 0; i < 5; i++) {
            assertThat(application.next().body()).endsWith(",\"meta\":{\"tenant\": 1e2}}");
        }
        get(hooks.rpc(ANN, "m", null));
        assertThat(application.next().body()).doesNotContain("meta");
    }

    @Test
    void connect_takes_the_meta_from_the_reply() {
        application.behave(FakeApplication.reply("{\"result\":{\"user\":\"ann\",\"meta\":{\"t\": 1}}}"));
        assertThat(get(hooks().connect(ANN, ConnectRequest.NONE)).identity().meta())
                .isEqualTo("{\"t\": 1}");
    }

    @Test
    void a_request_has_the_fixed_headers() throws Exception {
        Hooks hooks =
                hooks(urls(), HooksSettings.fixedHeaders(List.of("X-Secret: a b", "x-tenant:1")), STATUSES, false);
        get(hooks.rpc(ANN, "m", null));
        FakeApplication.Request request = application.next();
        assertThat(request.headers().get("X-secret")).containsExactly("a b");
        assertThat(request.headers().get("X-tenant")).containsExactly("1");
    }

    @Test
    void a_request_marks_headers_of_a_connect_command_and_prefers_those_of_the_handshake() throws Exception {
        Hooks hooks = hooks(urls(), Map.of(), STATUSES, false);
        Map<String, String> said = Map.of("X-Team", "red", "Cookie", "login=forged");
        get(hooks.rpc(new Caller("8c2c", "ann", "", "websocket", "json", Map.of(), said, null), "m", null));
        FakeApplication.Request request = application.next();
        assertThat(request.headers().get("X-team")).containsExactly("red");
        assertThat(request.headers().get("X-switchboard-connect-headers")).containsExactly("Cookie,X-Team");
        Map<String, List<String>> shaken = Map.of("Cookie", List.of("login=1"));
        get(hooks.rpc(new Caller("8c2c", "ann", "", "websocket", "json", shaken, said, null), "m", null));
        request = application.next();
        assertThat(request.headers().get("Cookie")).containsExactly("login=1");
        assertThat(request.headers().get("X-switchboard-connect-headers")).containsExactly("X-Team");
    }

    @Test
    void an_event_without_a_url_sends_no_request() {
        Hooks hooks = new Hooks(
                new HooksSettings(
                        Map.of(Event.DISCONNECT, application.uri("disconnect")),
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
                events(),
                Tracing.NONE);
        started.add(hooks);
        assertThat(hooks.connect(ANN, ConnectRequest.NONE)).isNull();
        refuses(hooks.rpc(ANN, "m", null), ClientError.NOT_AVAILABLE);
        assertThat(Application.NONE.connect(ANN, ConnectRequest.NONE)).isNull();
    }

    // Notifications.

    private void pass(Hooks hooks, int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            hooks.tick();
        }
    }

    @Test
    void disconnected_sends_a_notification() throws Exception {
        application.behave(FakeApplication.reply(204, new byte[0]));
        Hooks hooks = hooks();
        hooks.disconnected(ANN, 3001, "shutdown");
        FakeApplication.Request told = application.next();
        assertThat(told.path()).isEqualTo("/disconnect");
        assertThat(told.body()).endsWith("\"user\":\"ann\",\"code\":3001,\"reason\":\"shutdown\"}");
        assertThat(told.headers().get("Cookie")).containsExactly("login=1");
        await().until(() -> outcome(hooks, Event.DISCONNECT, "ok") == 1);
    }

    @Test
    void a_notification_is_sent_again_for_a_minute_if_it_fails() {
        application.behave(FakeApplication.reply(503, new byte[0]));
        Hooks hooks = hooks();
        hooks.disconnected(ANN, 1000, "");
        for (int attempt = 1; attempt <= 2; attempt++) {
            int failures = attempt;
            await().until(() -> outcome(hooks, Event.DISCONNECT, "failed") == failures);
            pass(hooks, 2);
        }
        await().until(() -> outcome(hooks, Event.DISCONNECT, "failed") == 3);
        assertThat(outcome(hooks, Event.DISCONNECT, "dropped")).isZero();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            pass(hooks, 40);
            return outcome(hooks, Event.DISCONNECT, "dropped") == 1;
        });
        assertThat(application.count()).isLessThanOrEqualTo(7);
    }

    @Test
    void vacated_sends_one_notification_if_the_channel_stays_empty() throws Exception {
        Hooks hooks = hooks();
        hooks.occupied("a");
        hooks.vacated("a");
        pass(hooks, 9);
        hooks.vacated("later");
        pass(hooks, 1);
        assertThat(application.next().body()).isEqualTo("{\"channel\":\"a\"}");
        pass(hooks, 9);
        assertThat(application.next().body()).isEqualTo("{\"channel\":\"later\"}");
        await().until(() -> outcome(hooks, Event.VACATED, "ok") == 2);
        pass(hooks, 60);
        assertThat(application.count()).isEqualTo(2);
    }

    @Test
    void vacated_sends_no_notification_if_a_client_came_back_in_time() throws Exception {
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
        assertThat(application.count()).isZero();
        pass(hooks, 1);
        assertThat(application.next().body()).isEqualTo("{\"channel\":\"flapping\"}");
        pass(hooks, 5);
        assertThat(application.next().body()).isEqualTo("{\"channel\":\"marker\"}");
        assertThat(application.count()).isEqualTo(2);
    }

    @Test
    void vacated_has_one_notification_under_way_and_repeats_no_obsolete_one() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        application.behave((exchange, request) -> {
            try {
                open.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            FakeApplication.reply(500, new byte[0]).reply(exchange, request);
        });
        Hooks hooks = hooks();
        hooks.vacated("a");
        pass(hooks, 10);
        application.next();
        hooks.occupied("a");
        hooks.vacated("a");
        pass(hooks, 20);
        assertThat(application.count()).isEqualTo(1);
        open.countDown();
        await().until(() -> outcome(hooks, Event.VACATED, "failed") == 1);
        application.behave(FakeApplication.reply("{}"));
        pass(hooks, 1);
        application.next();
        await().until(() -> outcome(hooks, Event.VACATED, "ok") == 1);
        pass(hooks, 60);
        assertThat(application.count()).isEqualTo(2);
    }

    @Test
    void notifications_are_dropped_if_too_many_wait() {
        application.behave(application.silence());
        Hooks hooks = hooks();
        for (int i = 0; i < 10_020; i++) {
            hooks.disconnected(ANN, 1000, "");
        }
        assertThat(outcome(hooks, Event.DISCONNECT, "dropped")).isEqualTo(20);
        await().until(() -> application.count() == 8);
    }

    @Test
    void stop_waits_until_all_notifications_are_sent() throws InterruptedException {
        Hooks hooks = hooks();
        for (int i = 0; i < 100; i++) {
            hooks.disconnected(ANN, 3001, "shutdown");
        }
        hooks.stop();
        assertThat(application.count()).isEqualTo(100);
    }
}
