package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A16 of the failure catalogue. */
class WarningsTest {

    private static final String SECRET = "a secret of more than thirty-two bytes";

    private final HourlyTimer timer = new HourlyTimer();

    /** Lets an hour pass when a test says so. */
    private static final class HourlyTimer extends ScheduledThreadPoolExecutor {

        private Runnable hourly = () -> {};

        HourlyTimer() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
            assertThat(unit.toMinutes(delay)).isEqualTo(60);
            assertThat(unit.toMinutes(period)).isEqualTo(60);
            hourly = task;
            return super.schedule(() -> {}, 0, unit);
        }

        void pass() {
            hourly.run();
        }
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private static Warnings warnings(Access access, String secret, String jwks, String origins) {
        AccessSettings settings = new AccessSettings(
                access,
                secret,
                jwks.isEmpty() ? null : URI.create(jwks),
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED);
        return new Warnings(
                settings, new Origins(origins.isEmpty() ? Set.of() : Set.of(origins.split(" "))), Hosts.unchecked());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OPEN     | ''    | ''                     | ''                | switchboard.access=open",
                "INSECURE | ''    | ''                     | ''                | switchboard.insecure=true",
                "INSECURE | short | ''                     | ''                | switchboard.insecure=true switchboard.token.secret",
                "INSECURE | ''    | http://login/keys      | ''                | switchboard.insecure=true switchboard.token.jwks",
                "INSECURE | ''    | https://login/keys     | ''                | switchboard.insecure=true",
                "TOKEN    | ''    | HTTPS://login/keys     | https://a.example | ''",
                "TOKEN    | ''    | https://login/keys     | *                 | switchboard.origins=*",
                "OPEN     | ''    | ''                     | https://a.b *     | switchboard.access=open switchboard.origins=*",
                "INSECURE | short | http://login/keys      | *                 | switchboard.insecure=true switchboard.token.secret"
                        + " switchboard.token.jwks switchboard.origins=*"
            })
    void texts_name_each_insecure_setting(Access access, String secret, String jwks, String origins, String named) {
        List<String> texts = warnings(access, secret, jwks, origins).texts();
        List<String> names = named.isEmpty() ? List.of() : List.of(named.split(" "));
        assertThat(texts).hasSameSizeAs(names);
        for (int i = 0; i < names.size(); i++) {
            assertThat(texts.get(i)).contains(names.get(i));
        }
    }

    @Test
    void texts_name_each_unsafe_option() {
        TokenKeys keys = new TokenKeys("switchboard.token", SECRET, "short", List.of(), null);
        TokenKeys own = new TokenKeys("switchboard.token.subscription", "short", null);
        AccessSettings settings = new AccessSettings(
                Access.TOKEN,
                keys,
                own,
                "",
                "",
                "sub",
                Duration.ofHours(168),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED,
                Set.of(AccessSettings.UnsafeOption.values()));
        assertThat(new Warnings(settings, new Origins(Set.of()), Hosts.unchecked()).texts())
                .extracting(text -> text.split("[ =]")[0])
                .containsExactly(
                        "switchboard.token.secret.previous",
                        "switchboard.token.subscription.secret",
                        "switchboard.token.secret.short",
                        "switchboard.token.exp.optional",
                        "switchboard.token.lifetime");
    }

    @Test
    void texts_are_empty_for_secure_settings() {
        assertThat(warnings(Access.TOKEN, SECRET, "", "").texts()).isEmpty();
    }

    @Test
    @Row("A16")
    void repeat_logs_at_once_and_every_hour() {
        Warnings open = warnings(Access.OPEN, "", "", "*");
        try (Log log = new Log()) {
            open.repeat(timer, Runnable::run);
            assertThat(log.texts()).containsExactlyElementsOf(open.texts());
            timer.pass();
            timer.pass();
            assertThat(log.texts()).hasSize(6);
            assertThat(log.levels()).containsOnly("WARNING");
        }
    }

    @Test
    void texts_name_hosts_if_every_host_is_allowed() {
        AccessSettings open = new AccessSettings(
                Access.OPEN,
                "",
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED);
        Origins none = new Origins(Set.of());
        assertThat(new Warnings(open, none, Hosts.of(List.of("*"), none)).texts())
                .anyMatch(text -> text.startsWith("switchboard.hosts=*"));
        assertThat(new Warnings(open, none, Hosts.of(List.of("app.example.com"), none)).texts())
                .noneMatch(text -> text.contains("switchboard.hosts"));
    }
}
