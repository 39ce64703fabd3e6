package dev.switchboard.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.launcher.doctor.FakeSite;
import dev.switchboard.launcher.doctor.FakeSite.Flaw;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientCommandsTest {

    private static final String NAME = "switchboard.test.sub_refresh";
    private static final String OTHER_NAME = "switchboard.test.sub.refresh";

    private final PrintStream systemOut = System.out;
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        System.setOut(new PrintStream(out, true, UTF_8));
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            return Main.commandLine().execute(arguments);
        } finally {
            System.setOut(systemOut);
            System.setErr(systemErr);
        }
    }

    private int tail(FakeSite fake) {
        return run("tail", "ws://127.0.0.1:" + fake.port() + "/raw/c", "--token", "t");
    }

    @AfterEach
    void removeSettings() {
        System.clearProperty(NAME);
        System.clearProperty(OTHER_NAME);
    }

    @Test
    void tail_ends_with_the_reason_when_the_server_ends_its_subscription() throws IOException {
        try (FakeSite fake = new FakeSite(Flaw.UNSUBSCRIBES)) {
            assertThat(tail(fake)).isEqualTo(1);
        }
        assertThat(err.toString(UTF_8).strip())
                .isEqualTo("switchboard: the server ended the subscription: 2500 taken \\u001b[31mback");
    }

    @Test
    void tail_prints_a_publication_that_is_nested_too_deep_to_be_read_as_it_is() throws IOException {
        try (FakeSite fake = new FakeSite(Flaw.DEEP)) {
            assertThat(tail(fake)).isZero();
        }
        assertThat(err.toString(UTF_8)).isEmpty();
        assertThat(out.toString(UTF_8)).startsWith("Received: {\"push\"").contains("[".repeat(200));
    }

    @ParameterizedTest
    @CsvSource({
        "tail, '', ws://ann:secret@/raw/c",
        "tail, '', ws://ann:secret@127.0.0.1:1/raw/c",
        "bench, '', ws://ann:secret@127.0.0.1:1/raw/c",
        "presence, c, http://ann:secret@127.0.0.1:1/",
        "presence, c, http://ann:se cret@127.0.0.1:1/",
        "doctor, '', http://ann:secret@127.0.0.1:1/"
    })
    void a_url_with_a_password_is_refused_and_not_quoted(String command, String channel, String url) {
        assertThat(channel.isEmpty() ? run(command, url) : run(command, url, channel))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8))
                .contains("bad URL: it must have no user and no password")
                .doesNotContain("cret");
    }

    @Test
    void each_command_prints_the_version() {
        for (String command : new String[] {"tail", "bench", "doctor", "token"}) {
            out.reset();
            assertThat(run(command, "--version")).isZero();
            assertThat(out.toString(UTF_8)).startsWith("switchboard ");
        }
    }

    @Test
    void doctor_does_not_print_a_password_of_its_url() {
        assertThat(run("doctor", "https://ann:canary@127.0.0.1/")).isNotZero();
        assertThat(out + err.toString(UTF_8)).contains("no password").doesNotContain("canary");
    }

    @Test
    void a_setting_of_the_command_line_wins_over_another_spelling_in_the_file(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("settings"), OTHER_NAME + "=of the file\n");
        run("--set", NAME + "=of the line", "--config", file.toString(), "version");
        assertThat(System.getProperty(NAME)).isEqualTo("of the line");
        assertThat(System.getProperty(OTHER_NAME)).isNull();
    }
}
