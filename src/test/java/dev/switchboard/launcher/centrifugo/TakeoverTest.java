package dev.switchboard.launcher.centrifugo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.Settings;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TakeoverTest {

    static final Path CONFIGURATIONS = Path.of("src/test/resources/centrifugo");

    @TempDir
    private Path folder;

    private static Takeover of(String name) throws IOException {
        return Takeover.of(CONFIGURATIONS.resolve(name), Map.of());
    }

    private Takeover written(String name, String text) throws IOException {
        return Takeover.of(Files.writeString(folder.resolve(name), text, UTF_8), Map.of());
    }

    private static String report(Takeover takeover) {
        return String.join("\n", takeover.report());
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat.json", "chat.toml"})
    void options_give_the_same_result_in_each_format_and_with_old_names(String name) throws IOException {
        Takeover nested = of("chat.yaml");
        assertThat(of(name).rules()).isEqualTo(nested.rules());
        assertThat(of(name).settings()).isEqualTo(nested.settings());
        assertThat(of(name).command()).isEqualTo(nested.command()).endsWith("--port=8080");
        assertThat(nested.refused()).isFalse();
        assertThat(report(nested)).doesNotContain("missing").doesNotContain("stricter");
    }

    @Test
    void a_variable_overrides_the_file() throws IOException {
        Takeover takeover = Takeover.of(
                CONFIGURATIONS.resolve("chat.yaml"),
                Map.of(
                        "CENTRIFUGO_CLIENT_ALLOWED_ORIGINS", "https://a.example https://b.example",
                        "CENTRIFUGO_API_KEY", "another-api-key-of-32-characters",
                        "CENTRIFUGO_CHANNEL_NAMESPACES", "[{\"name\":\"one\",\"allow_subscribe_for_client\":true}]",
                        "CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_PRESENCE", "true",
                        "CENTRIFUGO_OF_THE_FUTURE", "x",
                        "PATH", "/bin"));
        assertThat(takeover.settings())
                .containsEntry("switchboard.origins", "https://a.example,https://b.example")
                .containsEntry("switchboard.api.key", "another-api-key-of-32-characters");
        assertThat(takeover.rules())
                .contains("\"one\": {")
                .contains("\"keep_presence\": true")
                .doesNotContain("chat");
        assertThat(report(takeover))
                .contains("missing   CENTRIFUGO_OF_THE_FUTURE")
                .doesNotContain("PATH");
    }

    @Test
    void the_relay_reads_the_written_settings() throws IOException {
        for (String name : new String[] {"chat.yaml", "every.json", "hooks.yaml"}) {
            Properties properties = new Properties();
            properties.load(new StringReader(of(name).properties()));
            Map<String, String> settings = properties.entrySet().stream()
                    .collect(Collectors.toMap(
                            entry -> entry.getKey().toString(),
                            entry -> entry.getValue().toString()));
            if (name.equals("hooks.yaml")) { // its secret is short on purpose
                settings.put("switchboard.token.secret.short", "true");
            }
            assertThat(Settings.read(settings)).isNotNull();
        }
    }

    @Test
    void a_hook_is_taken_when_the_relay_can_ask_its_endpoint() throws IOException {
        Takeover takeover = of("hooks.yaml");
        assertThat(takeover.settings())
                .containsEntry("switchboard.hooks.connect", "https://app.example.com/connect")
                .containsEntry("switchboard.hooks.subscribe", "https://app.example.com/subscribe")
                .containsEntry("switchboard.hooks.timeout", "2000ms")
                .containsEntry("switchboard.hooks.headers", "Cookie")
                .containsEntry("switchboard.hooks.headers.fixed", "x-secret: hush")
                .containsEntry("switchboard.hooks.status", "401 4501 unknown")
                .doesNotContainKey("switchboard.hooks.publish")
                .doesNotContainKey("switchboard.api.key");
        assertThat(report(takeover))
                .contains("missing   channel.proxy.publish.endpoint: the relay asks by HTTP alone")
                .contains("missing   proxies.mine.endpoint: the relay asks one URL for each event")
                .contains("stricter  asked.publish_proxy_enabled")
                .contains("stricter  other.subscribe_proxy_enabled")
                .contains("stricter  pattern.channel_regex")
                .contains("missing   delta.allowed_delta_types: publications go whole")
                .contains("missing   engine.type: this relay is one node")
                .contains("stricter  http_api.key")
                .contains("stricter  client.token.hmac_secret_key");
    }

    @ParameterizedTest
    @CsvSource({
        "client.token.audience_regex, '{\"client\":{\"token\":{\"audience_regex\":\"a.*\"}}}'",
        "disallow_anonymous_connection_tokens, '{\"disallow_anonymous_connection_tokens\":true}'",
        "channel.private_prefix, '{\"channel\":{\"private_prefix\":\"!\"}}'",
    })
    void an_option_is_refused_when_its_loss_would_let_in_more(String option, String json) throws IOException {
        Takeover takeover = written("c.json", json);
        assertThat(takeover.refused()).isTrue();
        assertThat(report(takeover)).contains("refused   " + option);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{'client':{'token':{'jwks_public_endpoint':'http://a.example/keys'}}} ~ client.token.jwks_public_endpoint",
                "{'client':{'token':{'hmac_secret_key':'s'},'subscription_token':{'enabled':true}}} ~ client.subscription_token.enabled",
                "{'client':{'token':{'hmac_secret_key':'s'},'subscription_token':{'enabled':true,'hmac_secret_key':'t','user_id_claim':'u'}}} ~ client.subscription_token.user_id_claim",
                "{'client':{'proxy':{'connect':{'enabled':true,'endpoint':'grpc://a.example'}}}} ~ client.proxy.connect.enabled",
                "{'connect_proxy_name':'x','proxies':[{'name':'x','endpoint':'grpc://a.example'}],'namespaces':[]} ~ client.proxy.connect.enabled",
                "{'client':{'proxy':{'connect':{'enabled':true,'endpoint':'https://a.example','http':{'static_headers':{'X-A':'1'}}},'refresh':{'enabled':true,'endpoint':'https://b.example'}}}} ~ client.proxy.refresh.endpoint",
            })
    void an_option_is_refused_when_it_would_open_a_right(String json, String option) throws IOException {
        Takeover takeover = written("c.json", json.replace('\'', '"'));
        assertThat(takeover.refused()).as(report(takeover)).isTrue();
        assertThat(report(takeover)).contains("refused   " + option);
    }

    @Test
    void an_unknown_variable_is_refused_when_it_could_close_a_right() throws IOException {
        Takeover takeover = Takeover.of(null, Map.of("CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_CHANNEL_REGEX", "x"));
        assertThat(takeover.refused()).isTrue();
        assertThat(Takeover.of(null, Map.of("CENTRIFUGO_PROXY_CONNECT_ENDPOINT", "https://a.example/c"))
                        .settings())
                .containsEntry("switchboard.hooks.connect", "https://a.example/c")
                .containsEntry("switchboard.access", "login");
    }

    @Test
    void a_right_is_closed_when_the_relay_cannot_ask_the_application() throws IOException {
        String rules = of("hooks.yaml").rules().replaceAll("\\s+", "");
        assertThat(rules)
                .contains("\"asked\":{\"subscribe\":\"anyone\",\"publish\":\"nobody\"")
                .contains("\"other\":{\"subscribe\":\"nobody\"")
                .contains("\"pattern\":{\"subscribe\":\"nobody\"");
        assertThat(written(
                                "c.json",
                                "{\"namespaces\":[{\"name\":\"a\",\"allow_subscribe_for_client\":true,"
                                        + "\"subscribe_proxy_name\":\"x\"}]}")
                        .rules()
                        .replaceAll("\\s+", ""))
                .contains("\"a\":{\"subscribe\":\"nobody\"");
    }

    @Test
    void a_time_is_reported_when_the_relay_cannot_have_it() throws IOException {
        Takeover takeover = written(
                "c.json",
                "{\"client\":{\"expired_close_delay\":\"0s\",\"ping_interval\":\"2h\",\"pong_timeout\":\"5s\"}}");
        assertThat(takeover.settings())
                .containsEntry("switchboard.token.grace", "0")
                .containsEntry("switchboard.pong.timeout", "5000ms")
                .doesNotContainKey("switchboard.ping.interval");
        assertThat(report(takeover)).contains("missing   client.ping_interval: the relay takes a time up to 1h");
    }

    @Test
    void a_secret_is_ignored_when_there_is_a_jwks() throws IOException {
        assertThat(written(
                                "c.json",
                                "{\"token_hmac_secret_key\":\"old\",\"token_jwks_public_endpoint\":\"https://a.example/k\"}")
                        .settings())
                .containsEntry("switchboard.token.jwks", "https://a.example/k")
                .doesNotContainKey("switchboard.token.secret");
    }

    @Test
    void an_option_is_read_in_any_case() throws IOException {
        assertThat(written("c.json", "{\"Namespaces\":[{\"Name\":\"a\",\"Allow_Subscribe_For_Client\":true}]}")
                        .rules())
                .contains("\"authenticated\"");
    }

    @ParameterizedTest
    @CsvSource({
        "a.json, '{\"a\": [}', 'line 1, column 8'",
        "a.json, '[1]', 'expected an object'",
        "a.yaml, 'a: [', 'line 1'",
        "a.toml, 'a = ', 'a.toml'",
        "a.txt, 'x', 'must end in .json'",
        "b.json, '{\"client\":{\"ping_interval\":\"soon\"}}', 'client.ping_interval: soon is no time'",
        "c.json, '{\"client\":{\"channel_limit\":\"many\"}}', 'client.channel_limit: many is no whole number'",
        "d.json, '{\"namespaces\": 7}', 'channel.namespaces: expected a list'",
    })
    void an_error_names_the_malformed_file_and_its_fault(String name, String text, String fault) {
        assertThatThrownBy(() -> written(name, text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(fault);
    }

    @Test
    void an_empty_configuration_lets_no_client_in() throws IOException {
        Takeover takeover = written("c.yaml", "");
        assertThat(takeover.settings()).isEqualTo(Map.of("switchboard.access", "token"));
        assertThat(takeover.rules()).contains("\"subscribe\": \"nobody\"").doesNotContain("anyone");
    }
}
