package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ApiSettings.Errors;
import dev.switchboard.access.TokenKeys;
import dev.switchboard.failure.Row;
import dev.switchboard.hooks.HooksSettings;
import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.Nodes;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.protocol.CentrifugeProtocol;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    private static final String SECRET = "a secret of more than thirty-two bytes";

    private static Settings of(Map<String, String> properties) {
        return Settings.of(properties, Map.of(), Map.of());
    }

    @Test
    void settings_have_the_defaults_if_there_are_no_values() {
        Settings settings = of(Map.of("java.home", "/jdk"));
        assertThat(settings.messageBytes()).isEqualTo(65_536);
        assertThat(settings.messageFragments()).isEqualTo(1_024);
        assertThat(settings.limits()).isEqualTo(Nodes.limits(1_048_576));
        assertThat(settings.origins().allows(List.of("https://a.example"), "b.example"))
                .isFalse();
        assertThat(settings.rules()).isNull();
        assertThat(settings.quota()).isEqualTo(new CentrifugeProtocol.Quota(1_000, 1_000, 100, 65_536));
        assertThat(settings.historyBytes()).isEqualTo(67_108_864);
        assertThat(settings.access())
                .isEqualTo(new AccessSettings(
                        Access.OPEN,
                        "",
                        null,
                        "",
                        "",
                        Duration.ofHours(24),
                        Duration.ofSeconds(5),
                        AccessSettings.Use.REPEATED));
    }

    @Test
    void command_bytes_have_room_for_a_subscribe_to_each_channel_up_to_384_kib() {
        assertThat(of(Map.of()).commandBytes()).isEqualTo(128 * 2560);
        assertThat(of(Map.of("switchboard.client.channels", "10")).commandBytes())
                .isEqualTo(65_536);
        assertThat(of(Map.of("switchboard.client.channels", "999999999")).commandBytes())
                .isEqualTo(384 * 1024);
        assertThat(of(Map.of("switchboard.message.bytes", "500000")).commandBytes())
                .isEqualTo(500_000);
    }

    @Test
    void access_takes_all_values_of_tokens_and_insecure_overrides_it() {
        Map<String, String> token = new TreeMap<>(Map.of(
                "switchboard.access", "token",
                "switchboard.token.secret", SECRET,
                "switchboard.token.jwks", "https://login.example/keys",
                "switchboard.token.audience", "relay",
                "switchboard.token.issuer", "login",
                "switchboard.token.lifetime", "5m",
                "switchboard.token.leeway", "60s",
                "switchboard.token.once", "true"));
        assertThat(of(token).access())
                .isEqualTo(new AccessSettings(
                        Access.TOKEN,
                        SECRET,
                        URI.create("https://login.example/keys"),
                        "relay",
                        "login",
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(60),
                        AccessSettings.Use.ONCE));

        token.put("switchboard.insecure", "true");
        token.put("switchboard.token.secret", "secret");
        token.put("switchboard.token.jwks", "http://127.0.0.1/keys");
        assertThat(of(token).access().access()).isEqualTo(Access.INSECURE);
    }

    @Test
    void access_takes_more_keys_and_unsafe_options() {
        AccessSettings access = of(Map.of(
                        "switchboard.token.secret", "secret",
                        "switchboard.token.secret.previous", "before",
                        "switchboard.token.secret.short", "true",
                        "switchboard.token.subscription.secret", SECRET,
                        "switchboard.token.subscription.jwks", "https://login.example/keys",
                        "switchboard.token.user.claim", "user_id",
                        "switchboard.token.exp.optional", "true",
                        "switchboard.token.lifetime", "168h"))
                .access();
        assertThat(access.keys()).isEqualTo(new TokenKeys("switchboard.token", "secret", "before", List.of(), null));
        assertThat(access.subscriptionKeys())
                .isEqualTo(new TokenKeys(
                        "switchboard.token.subscription", SECRET, URI.create("https://login.example/keys")));
        assertThat(access.userClaim()).isEqualTo("user_id");
        assertThat(access.isEndless()).isTrue();
        assertThat(access.lifetime()).isEqualTo(Duration.ofHours(168));
        assertThat(of(Map.of()).access().isEndless()).isFalse();
    }

    @Test
    @Row("S15")
    void to_string_leaves_out_secrets() {
        Settings settings = of(Map.of(
                "switchboard.token.secret",
                "canary " + SECRET,
                "switchboard.metrics.key",
                "canary " + SECRET,
                "switchboard.api.key",
                "canary " + SECRET,
                "switchboard.token.secret.previous",
                "canary " + SECRET,
                "switchboard.token.subscription.secret",
                "canary " + SECRET,
                "switchboard.token.jwks",
                "https://canary:canary@login.example/canary?key=canary",
                "switchboard.hooks.rpc",
                "https://canary:canary@app.example/canary?key=canary",
                "switchboard.hooks.headers.fixed",
                "X-Secret: canary",
                "switchboard.hooks.secret",
                "canary " + SECRET));
        assertThat(settings.toString()).doesNotContain("canary");
        assertThat(settings.access().toString()).doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard.token.secret, canary",
        "switchboard.token.secret.previous, canary",
        "switchboard.token.subscription.secret, canary",
        "switchboard.token.subscription.secret.previous, canary",
        "switchboard.token.subscription.jwks, http://canary:canary@login.example/?key=canary",
        "switchboard.token.keys, -----BEGIN PRIVATE KEY-----canary",
        "switchboard.metrics.key, canary",
        "switchboard.api.key, canary",
        "switchboard.token.jwks, https://canary:canary@login.example /",
        "switchboard.token.jwks, https://canary:can%zzary@login.example/",
        "switchboard.token.jwks, http://canary:canary@login.example/?key=canary",
        "switchboard.token.jwks, canary",
        "switchboard.token.jwks, canary:canary",
        "switchboard.token.jwks, https:///canary",
        "switchboard.hooks.secret, canary",
        "switchboard.hooks.connect, https://canary:canary@app.example /",
        "switchboard.hooks.subscribe, https://canary:can%zzary@app.example/",
        "switchboard.hooks.publish, ftp://canary:canary@app.example/?key=canary",
        "switchboard.hooks.rpc, canary",
        "switchboard.hooks.disconnect, canary:canary",
        "switchboard.hooks.vacated, https:///canary",
        "switchboard.token.canary, canary"
    })
    void an_error_leaves_out_the_value_of_a_secret(String key, String value) {
        assertThatThrownBy(() -> of(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key)
                .satisfies(error -> {
                    StringWriter text = new StringWriter();
                    error.printStackTrace(new PrintWriter(text));
                    assertThat(text.toString().replace("switchboard.token.canary", ""))
                            .doesNotContain("canary");
                });
    }

    @Test
    void a_short_api_key_needs_insecure_access() {
        assertThat(of(Map.of("switchboard.insecure", "true", "switchboard.api.key", "short"))
                        .api()
                        .keys()
                        .rights(List.of("short"), List.of()))
                .isNotNull();
        assertThat(of(Map.of()).api().keys().isOff()).isTrue();
        assertThat(of(Map.of("switchboard.insecure", "true")).api().keys().isOff())
                .isFalse();
    }

    @Test
    void all_histories_may_be_larger_than_the_heap() {
        assertThat(of(Map.of("switchboard.history.bytes", "20000000000")).historyBytes())
                .isEqualTo(20_000_000_000L);
    }

    @Test
    void outbox_total_may_be_larger_than_the_heap() {
        assertThat(of(Map.of("switchboard.outbox.total", "20000000000"))
                        .capacity()
                        .outboxBytes())
                .isEqualTo(20_000_000_000L);
        assertThatThrownBy(() -> of(Map.of("switchboard.outbox.total", "-1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.outbox.total=-1");
    }

    @Test
    void access_token_is_refused_without_a_key() {
        assertThatThrownBy(() -> of(Map.of("switchboard.access", "token")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.token.secret");
    }

    @Test
    void a_property_is_preferred_to_a_variable_and_a_variable_to_a_context_parameter() {
        Map<String, String> parameters = Map.of(
                "switchboard.outbox.age", "1s", "switchboard.write.timeout", "1s", "switchboard.message.bytes", "1");
        Map<String, String> environment =
                Map.of("SWITCHBOARD_OUTBOX_AGE", "2s", "SWITCHBOARD_WRITE_TIMEOUT", "2s", "HOME", "/");
        Map<String, String> properties = Map.of("switchboard.outbox.age", "3s");

        Settings settings = Settings.of(properties, environment, parameters);

        assertThat(settings.limits().outboxAge()).isEqualTo(Duration.ofSeconds(3));
        assertThat(settings.limits().writeTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.messageBytes()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"500ms, 500", "10s, 10000", "5m, 300000", "1h, 3600000", "' 2s ', 2000"})
    void a_time_has_a_unit(String text, long millis) {
        assertThat(of(Map.of("switchboard.outbox.age", text)).limits().outboxAge())
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void each_hook_has_its_url() {
        HooksSettings hooks = of(Map.of(
                        "switchboard.hooks.connect",
                        "http://127.0.0.1:8080/app/connect",
                        "switchboard.hooks.vacated",
                        "https://app.example/vacated",
                        "switchboard.hooks.headers",
                        "Cookie, Authorization"))
                .hooks();
        assertThat(hooks.urls())
                .isEqualTo(Map.of(
                        Event.CONNECT,
                        URI.create("http://127.0.0.1:8080/app/connect"),
                        Event.VACATED,
                        URI.create("https://app.example/vacated")));
        assertThat(hooks.headers()).containsExactly("Cookie", "Authorization");
        assertThat(hooks.timeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(of(Map.of()).hooks().isEmpty()).isTrue();
    }

    @Test
    void api_settings_keep_a_publication_below_the_outbox_and_name_the_form_of_errors() {
        assertThat(of(Map.of()).api().messageBytes()).isEqualTo((1 << 20) - 1024);
        assertThat(of(Map.of("switchboard.outbox.bytes", "4194304")).api().messageBytes())
                .isEqualTo(1 << 20);
        assertThat(of(Map.of("switchboard.outbox.bytes", "65600")).api().messageBytes())
                .isEqualTo(65536);
        assertThat(of(Map.of("switchboard.api.errors", "transport")).api().errors())
                .isEqualTo(Errors.TRANSPORT);
        Settings small = of(Map.of("switchboard.api.message.bytes", "1000"));
        assertThat(small.api().messageBytes()).isEqualTo(1000);
        assertThat(small.api().bodyBytes()).isEqualTo(1 << 20);
        assertThat(of(Map.of("switchboard.api.message.bytes", "999999999", "switchboard.outbox.bytes", "9999999"))
                        .api()
                        .bodyBytes())
                .isEqualTo(2 * (9999999 - 1024));
    }

    @Test
    void require_refuses_a_question_without_a_url() {
        HooksSettings hooks =
                of(Map.of("switchboard.hooks.publish", "https://app.example/")).hooks();
        hooks.require(Set.of(Question.PUBLISH));
        assertThatThrownBy(() -> hooks.require(Set.of(Question.SUBSCRIBE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.hooks.subscribe");
    }

    @Test
    void origins_are_separated_by_commas() {
        Settings settings = of(Map.of("switchboard.origins", "https://a.example, https://b.example,"));
        assertThat(settings.origins().allows(List.of("https://a.example"), "x")).isTrue();
        assertThat(settings.origins().allows(List.of("https://b.example"), "x")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard.outbox.age, 10",
        "switchboard.outbox.age, -1s",
        "switchboard.outbox.age, 0s",
        "switchboard.outbox.age, ''",
        "switchboard.write.timeout, ten seconds",
        "switchboard.write.timeout, 99999999999s",
        "switchboard.write.timeout, 8761h",
        "switchboard.message.bytes, 64k",
        "switchboard.message.bytes, 0",
        "switchboard.message.bytes, 99999999999",
        "switchboard.message.fragments, 1.5",
        "switchboard.outbox.bytes, 65536",
        "switchboard.origins, example.com",
        "switchboard.hosts, http://app.example.com",
        "switchboard.rules, a\u0000b",
        "switchboard.proxies, proxy.example",
        "switchboard.proxies, '10.0.0.1,10.0.0.0/33'",
        "switchboard.login.keepalive, yes",
        "switchboard.metrics.key, 0123456789012345678901234567890",
        "switchboard.api.key, 0123456789012345678901234567890",
        "switchboard.api.keys, /nowhere/keys",
        "switchboard.api.keys, a\u0000b",
        "switchboard.api.message.bytes, 1m",
        "switchboard.api.errors, status",
        "switchboard.client.channels, 0",
        "switchboard.client.commands, many",
        "switchboard.client.publishes, -1",
        "switchboard.client.errors, ''",
        "switchboard.connect.timeout, 10",
        "switchboard.history.bytes, 64m",
        "switchboard.engine, disk",
        "switchboard.redis.prefix, a b",
        "switchboard.redis.prefix, a{b}",
        "switchboard.redis.fence, on",
        "switchboard.redis.timeout, 2",
        "switchboard.redis.connect.timeout, never",
        "switchboard.engine.sync, never",
        "switchboard.access, closed",
        "switchboard.access, OPEN",
        "switchboard.insecure, yes",
        "switchboard.insecure, TRUE",
        "switchboard.insecure, ''",
        "switchboard.token.secret, 0123456789012345678901234567890",
        "switchboard.token.jwks, http://login.example/keys",
        "switchboard.token.jwks, file:///etc/keys",
        "switchboard.token.jwks, https:keys",
        "switchboard.token.jwks, keys",
        "switchboard.token.jwks, a b",
        "switchboard.token.keys, /nowhere/keys.pem",
        "switchboard.token.keys, a\u0000b",
        "switchboard.token.subscription.keys, /nowhere/keys.pem",
        "switchboard.token.subscription.jwks, keys",
        "switchboard.token.user.claim, ''",
        "switchboard.token.exp.optional, yes",
        "switchboard.token.secret.short, yes",
        "switchboard.token.lifetime, 0s",
        "switchboard.token.lifetime, for ever",
        "switchboard.token.leeway, 61s",
        "switchboard.token.once, yes",
        "switchboard.hooks.connect, /hooks/connect",
        "switchboard.hooks.timeout, 0s",
        "switchboard.hooks.concurrency, 0",
        "switchboard.hooks.vacated.after, soon",
        "switchboard.hooks.headers, 'Cookie,a b'",
        "switchboard.hooks.headers, Host",
        "switchboard.hooks.headers, X-Switchboard-Signature",
        "switchboard.hooks.secret, 0123456789012345678901234567890"
    })
    @Row("S15")
    void a_malformed_value_is_refused_with_its_key(String key, String value) {
        assertThatThrownBy(() -> of(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }

    @Test
    void token_grace_may_be_zero() {
        assertThat(of(Map.of()).limits().grace()).isEqualTo(Duration.ofSeconds(25));
        assertThat(of(Map.of("switchboard.token.grace", "1m")).limits().grace()).isEqualTo(Duration.ofMinutes(1));
        for (String none : List.of("0", "0s")) {
            assertThat(of(Map.of("switchboard.token.grace", none)).limits().grace())
                    .isZero();
        }
        assertThatThrownBy(() -> of(Map.of("switchboard.token.grace", "-1s")))
                .hasMessageContaining("switchboard.token.grace=-1s: must be 0 or a time");
    }

    @Test
    void a_key_of_two_words_may_have_an_underscore() {
        URI url = URI.create("https://app.example/hook");
        for (Settings settings : List.of(
                of(Map.of("switchboard.hooks.sub.refresh", url.toString())),
                of(Map.of("switchboard.hooks.sub_refresh", url.toString())),
                Settings.of(Map.of(), Map.of("SWITCHBOARD_HOOKS_SUB_REFRESH", url.toString()), Map.of()))) {
            assertThat(settings.hooks().urls()).isEqualTo(Map.of(Event.SUB_REFRESH, url));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "headers.fixed ~ X-Secret ~ must be headers such as X-Secret: abc",
                "headers.fixed ~ Host: canary ~ none that the relay writes",
                "headers.fixed ~ X-Switchboard-Signature: canary ~ none that the relay writes",
                "headers.fixed ~ X-Secret: canary,x-secret: canary ~ names x-secret twice",
                "headers.fixed ~ X-Secret: canäry ~ the value of X-Secret is empty or not ASCII",
                "headers.fixed ~ X-Secret: ~ the value of X-Secret is empty or not ASCII",
                "status ~ 200 103 ~ statuses that are none of success",
                "status ~ 403:103 ~ such as 403 103,402 4501 unpaid",
                "status ~ 403 103,403 101 ~ names 403 twice",
                "status ~ 403 2000 ~ the code 2000 is none from 100 to 1999 or from 3000 to 4999"
            })
    void a_malformed_setting_of_hooks_is_refused_with_its_key_and_reason(String key, String value, String reason) {
        assertThatThrownBy(() -> of(Map.of("switchboard.hooks." + key, value)))
                .hasMessageContaining("switchboard.hooks." + key)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("canary");
    }

    @Test
    void a_header_is_refused_if_it_is_fixed_and_passed_on() {
        assertThatThrownBy(() -> of(Map.of(
                        "switchboard.hooks.headers",
                        "x-secret",
                        "switchboard.hooks.headers.fixed",
                        "X-Secret: canary")))
                .hasMessage("switchboard.hooks.headers: x-secret is one of switchboard.hooks.headers.fixed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard.outbox", "switchboard.Outbox.age", "switchboard.", "switchboard.message.byte"})
    @Row("S15")
    void an_unknown_key_is_refused_with_its_name(String key) {
        assertThatThrownBy(() -> of(Map.of(key, "1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown setting " + key + ";");
        assertThatThrownBy(() -> Settings.of(Map.of(), Map.of(), Map.of(key, "1")))
                .hasMessageContaining(key);
    }

    @Test
    void an_unknown_variable_is_refused_with_its_name() {
        assertThatThrownBy(() -> Settings.of(Map.of(), Map.of("SWITCHBOARD_OUTBOX_AGES", "1"), Map.of()))
                .hasMessageContaining("SWITCHBOARD_OUTBOX_AGES");
    }

    @Test
    void a_log_needs_a_folder_and_the_other_way_round() {
        for (String key : List.of("switchboard.engine=file", "switchboard.engine.path=/tmp/x")) {
            Map<String, String> one = Map.of(key.split("=")[0], key.split("=")[1]);
            assertThatThrownBy(() -> Settings.of(one, Map.of(), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("switchboard.engine=file and switchboard.engine.path need each other");
        }
    }

    @Test
    void redis_needs_a_url_and_the_other_way_round() {
        for (String setting : List.of("switchboard.engine=redis", "switchboard.redis.url=redis://localhost")) {
            Map<String, String> one = Map.of(setting.split("=")[0], setting.split("=")[1]);
            assertThatThrownBy(() -> Settings.of(one, Map.of(), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("switchboard.engine=redis and switchboard.redis.url need each other");
        }
    }

    @Test
    void a_wrong_url_of_redis_is_refused_without_its_password() {
        Map<String, String> wrong =
                Map.of("switchboard.engine", "redis", "switchboard.redis.url", "rediss://u:canary@h:port");
        assertThatThrownBy(() -> Settings.of(wrong, Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.redis.url")
                .hasMessageNotContaining("canary");
    }

    @Test
    void variables_of_a_kubernetes_service_named_switchboard_are_ignored() {
        Map<String, String> environment = Map.of(
                "SWITCHBOARD_SERVICE_HOST", "10.0.0.1",
                "SWITCHBOARD_SERVICE_PORT_HTTP", "8000",
                "SWITCHBOARD_PORT", "tcp://10.0.0.1:8000",
                "SWITCHBOARD_PORT_8000_TCP_ADDR", "10.0.0.1");
        assertThat(Settings.of(Map.of(), environment, Map.of()).messageBytes()).isEqualTo(65_536);
    }

    /** Each document for operators names all settings with their defaults. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "src/docs/settings.md ~ \\| `(switchboard\\.[a-z.]+)` \\| (?:`([^`]*)`)? *\\|",
                "server-config/tomcat/switchboard.properties ~ #(switchboard\\.[a-z.]+)=(.*)",
                "server-config/wildfly/switchboard.properties ~ #(switchboard\\.[a-z.]+)=(.*)",
                "server-config/liberty/bootstrap.properties ~ #(switchboard\\.[a-z.]+)=(.*)",
                "server-config/jetty/switchboard.properties ~ #(switchboard\\.[a-z.]+)=(.*)",
                "server-config/payara/switchboard.asadmin ~ #create-system-properties (switchboard\\.[a-z.]+)=(.*)"
            })
    void each_document_lists_each_setting_with_its_default(String file, String line) throws IOException {
        Map<String, String> documented = new TreeMap<>();
        Matcher matcher = Pattern.compile(line).matcher(Files.readString(Path.of(file)));
        while (matcher.find()) {
            documented.put(matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2));
        }
        assertThat(documented.keySet()).containsExactlyElementsOf(Setting.keys());
        for (Setting setting : Setting.values()) {
            if (!setting.defaultValue().isEmpty()) { // without a default, the document may have an example
                assertThat(documented).containsEntry(setting.key(), setting.defaultValue());
            }
        }
    }
}
