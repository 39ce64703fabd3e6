package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsCheckTest {

    private static final String SECRET = "a-secret-of-32-bytes-for-a-check";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream realOut = System.out;
    private final PrintStream realErr = System.err;

    @TempDir
    Path folder;

    @BeforeEach
    void listen() {
        System.setOut(new PrintStream(out, true, UTF_8));
        System.setErr(new PrintStream(err, true, UTF_8));
    }

    @AfterEach
    void leave() {
        System.setOut(realOut);
        System.setErr(realErr);
    }

    private static SettingsCheck check(String token, Map<String, String> settings) {
        return new SettingsCheck(token, path -> url(Path.of("webapp", path)), settings);
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Map<String, String> settings(String... pairs) {
        Map<String, String> settings =
                new HashMap<>(Map.of("switchboard.access", "token", "switchboard.token.secret", SECRET));
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i], pairs[i + 1]);
        }
        return settings;
    }

    @Test
    void the_check_accepts_the_settings_that_start_a_server() throws Exception {
        Path rules = Files.writeString(folder.resolve("rules.json"), "{\"namespaces\": {\"news\": {}}}");
        assertThat(check("", settings("switchboard.rules", rules.toString())).call())
                .isZero();
        assertThat(out.toString(UTF_8)).startsWith("valid: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "switchboard.outbox.age ~ 10 ~ switchboard.outbox.age=10",
                "switchboard.ruless ~ x ~ unknown setting switchboard.ruless",
                "switchboard.rules ~ /nowhere/rules.json ~ switchboard.rules=/nowhere/rules.json cannot be read",
                "switchboard.api.keys ~ /nowhere/keys ~ switchboard.api.keys=/nowhere/keys cannot be read"
            })
    void the_check_names_a_wrong_setting(String key, String value, String why) throws Exception {
        assertThat(check("", settings(key, value)).call()).isEqualTo(1);
        assertThat(err.toString(UTF_8)).startsWith("switchboard: " + why).doesNotContain(SECRET);
        assertThat(check("a.b.c", settings(key, value)).call()).isEqualTo(2);
    }

    @Test
    void the_check_names_a_wrong_rule_with_its_file() throws Exception {
        Path rules = Files.writeString(folder.resolve("rules.json"), "{\"defaults\": {\"subscribe\": \"all\"}}");
        assertThat(check("", settings("switchboard.rules", rules.toString())).call())
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("rules.json", "subscribe");
        Path asks = Files.writeString(folder.resolve("asks.json"), "{\"defaults\": {\"ask\": [\"publish\"]}}");
        assertThat(check("", settings("switchboard.rules", asks.toString())).call())
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("switchboard.hooks.publish");
    }

    private static String token(String secret, String claims) throws Exception {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"sub\":\"42\",\"exp\":+600} ~ 0 ~ valid: a connection token for user \"42\", for ",
                "{\"exp\":+600} ~ 0 ~ valid: a connection token for no user, for ",
                "{\"sub\":\"42\",\"channel\":\"c\",\"exp\":+600} ~ 0 ~ valid: a subscription token for user \"42\" in channel \"c\", for ",
                "{\"sub\":\"42\",\"channel\":\"no:c\",\"exp\":+600} ~ 1 ~ refused: unknown_channel",
                "{\"sub\":\"42\",\"exp\":-600} ~ 1 ~ refused: expired, its exp is over",
                "{\"sub\":\"42\"} ~ 1 ~ refused: lifetime, ",
                "{\"sub\":\"42\",\"exp\":+600,\"nbf\":+300} ~ 1 ~ refused: early, ",
                "{\"sub\":42,\"exp\":+600} ~ 1 ~ refused: claims, ",
                "{\"sub\":\"42\",\"channel\":\"c\",\"exp\":-600} ~ 1 ~ refused: expired, ",
                "{ ~ 1 ~ refused: claims, "
            })
    void the_check_names_the_reason_of_a_refused_token(String claims, int code, String verdict) throws Exception {
        long now = Instant.now().getEpochSecond();
        String placed = claims.replace("+600", String.valueOf(now + 600))
                .replace("-600", String.valueOf(now - 600))
                .replace("+300", String.valueOf(now + 300));
        assertThat(check(token(SECRET, placed), settings()).call())
                .as(out.toString(UTF_8))
                .isEqualTo(code);
        assertThat(out.toString(UTF_8)).startsWith(verdict);
    }

    @Test
    void the_check_refuses_a_token_of_another_key() throws Exception {
        String foreign = token("another-secret-of-32-bytes-12345", "{\"exp\":9999999999}");
        assertThat(check(foreign, settings()).call()).isEqualTo(1);
        assertThat(out.toString(UTF_8)).startsWith("refused: signature, it is signed with another key");
        out.reset();
        assertThat(check("canary", settings()).call()).isEqualTo(1);
        assertThat(out.toString(UTF_8))
                .startsWith("refused: malformed, it is no signed JSON Web Token")
                .doesNotContain("canary");
    }
}
