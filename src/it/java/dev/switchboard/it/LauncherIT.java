package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests {@code java -jar switchboard.war}: the server and every command. */
class LauncherIT {

    /** The longest wait until a JVM notices that it is idle. Usually it takes a few seconds. */
    private static final Duration IDLE = Duration.ofSeconds(60);

    private static final String KEY = "change-me-change-me-change-me-change-me";

    private final List<AutoCloseable> started = new ArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path temporary;

    @AfterEach
    void stopAll() throws Exception {
        for (AutoCloseable process : started) {
            process.close();
        }
    }

    private CommandLine keep(CommandLine process) {
        started.add(process);
        return process;
    }

    /** Starts a server whose temporary files are in the folder of the test. */
    private CommandLine server(String... arguments) throws IOException {
        return keep(CommandLine.server(Stream.concat(Stream.of("-Djava.io.tmpdir=" + temporary), Stream.of(arguments))
                .toArray(String[]::new)));
    }

    private CommandLine run(String... arguments) throws IOException {
        return keep(CommandLine.run(arguments));
    }

    /** Runs a command to its end, and returns what it prints. */
    private String output(String... arguments) throws Exception {
        CommandLine ended = run(arguments);
        assertThat(ended.status()).as(ended.err()).isZero();
        return ended.out().strip();
    }

    private WebSocketClient rawClient(CommandLine server, String channel) throws Exception {
        WebSocketClient client = new WebSocketClient(server.raw(channel));
        started.add(client);
        return client.joined();
    }

    private static HttpURLConnection get(CommandLine server, String path) throws IOException {
        return (HttpURLConnection) server.url().resolve(path).toURL().openConnection();
    }

    private static List<String> commands(Path page) throws IOException {
        return Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(page))
                .results()
                .flatMap(block -> block.group(1).lines())
                .map(line ->
                        line.replace("java -jar target/switchboard.war", "").strip())
                .toList();
    }

    @Test
    void a_configuration_of_centrifugo_is_imported_as_the_page_says() throws Exception {
        assertThat(commands(Path.of("src/docs/coming-from-centrifugo.md")))
                .containsExactly(
                        "import-centrifugo config.json",
                        "--settings=switchboard.properties check",
                        "--settings=switchboard.properties");
        String config = "src/test/resources/centrifugo/flat.json";
        CommandLine taken = run("import-centrifugo", config, "--out", temporary.toString());
        assertThat(taken.status()).as(taken.err()).isZero();
        assertThat(taken.out())
                .contains("taken     allowed_origins: switchboard.origins")
                .contains("Wrote ");
        assertThat(taken.out()).doesNotContain("a-secret-of-thirty");

        String settings = "--settings=" + temporary.resolve("switchboard.properties");
        CommandLine checked = run(settings, "check");
        assertThat(checked.status()).as(checked.err()).isZero();
        CommandLine server = server(settings);
        HttpURLConnection call = get(server, "api/info");
        call.setRequestMethod("POST");
        call.setRequestProperty("X-API-Key", "an-api-key-of-thirty-two-characters");
        call.setDoOutput(true);
        call.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
        assertThat(call.getResponseCode()).isEqualTo(200);

        CommandLine again = run("import-centrifugo", config, "--out", temporary.toString());
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("exists; move it");
        CommandLine refused = run(
                "import-centrifugo",
                "nowhere.json",
                "--out",
                temporary.resolve("new").toString());
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("nowhere.json");
    }

    @Test
    void tail_prints_the_hello_and_the_messages_of_others() throws Exception {
        CommandLine server = server();
        CommandLine tail = run("tail", "--count", "4", server.raw("hello").toString());
        await().until(() -> tail.out().contains("Hello"));

        assertThat(run("send", server.raw("hello").toString(), "grüß 🙂").status())
                .isZero();
        WebSocketClient other = rawClient(server, "hello");
        other.send(new byte[] {0, 1, (byte) 0xFE});
        other.send("two\nlines\u001b[31m");

        assertThat(tail.status()).isZero();
        assertThat(tail.out())
                .isEqualTo(
                        "Received: Hello, Client!\nReceived: grüß 🙂\nReceived: 3 bytes 0001fe\nReceived: two\\u000alines\\u001b[31m\n");
        assertThat(tail.err()).isEmpty();
    }

    @Test
    void tail_raw_prints_the_bytes_as_they_are_and_stops_after_the_count() throws Exception {
        CommandLine server = server();
        CommandLine tail =
                run("tail", "--raw", "--count", "2", server.raw("hello").toString());
        await().until(() -> tail.out().equals("Hello, Client!"));
        CommandLine send = run("send", server.raw("hello").toString());
        send.type("a\u001b\tß\nnever printed\n");

        assertThat(send.status()).isZero();
        assertThat(tail.status()).isZero();
        assertThat(tail.out()).isEqualTo("Hello, Client!a\u001b\tß");
    }

    @Test
    void send_sends_each_line_of_its_input_in_order() throws Exception {
        CommandLine server = server();
        WebSocketClient reader = rawClient(server, "lines");
        CommandLine send = run("send", server.raw("lines").toString());
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            input.append("line ").append(i).append('\n');
        }
        send.type(input + "\nlast without end of line");

        for (int i = 0; i < 500; i++) {
            assertThat(reader.next()).isEqualTo("line " + i);
        }
        assertThat(reader.next(2)).containsExactly("", "last without end of line");
        assertThat(send.status()).isZero();
    }

    @Test
    void send_fails_if_a_message_is_refused() throws Exception {
        CommandLine server = server();
        CommandLine send = run("send", server.raw("big").toString(), "x".repeat(65_537));
        assertThat(send.status()).isEqualTo(1);
        assertThat(send.err()).isEqualTo("switchboard: closed by the server: 1009 message size limit\n");
    }

    @Test
    void tail_succeeds_when_the_server_stops_and_fails_when_it_is_killed() throws Exception {
        CommandLine stopping = server();
        CommandLine first = run("tail", stopping.raw("hello").toString());
        await().until(() -> first.out().contains("Hello"));
        stopping.terminate();
        assertThat(first.status()).isZero();

        CommandLine killed = server();
        CommandLine second = run("tail", killed.raw("hello").toString());
        await().until(() -> second.out().contains("Hello"));
        killed.kill();
        assertThat(second.status()).isEqualTo(1);
        assertThat(second.err()).startsWith("switchboard: connection lost").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "tail ~ http://127.0.0.1:1/raw/x ~ bad URL",
                "tail ~ ws://a b/ ~ bad URL",
                "tail ~ ws:///raw/x ~ bad URL",
                "tail ~ nonsense ~ bad URL",
                "tail ~ ws://127.0.0.1:1/raw/x ~ connection refused",
                "send ~ ws://127.0.0.1:1/raw/x ~ connection refused",
                "send ~ ws://nowhere.invalid/raw/x ~ unknown host",
                "bench ~ wss://127.0.0.1:1/raw/x ~ bad URL",
                "bench ~ ws://a b/ ~ bad URL",
                "bench ~ nonsense ~ bad URL",
                "bench ~ ws://127.0.0.1:1/raw/x ~ connection refused",
                "bench ~ ws://nowhere.invalid/raw/x ~ unknown host"
            })
    void a_bad_url_or_an_absent_server_is_an_error_of_one_line(String command, String url, String line)
            throws Exception {
        CommandLine dialled = run(command, url);
        assertThat(dialled.status()).isEqualTo(2);
        assertThat(dialled.err())
                .startsWith("switchboard: ")
                .contains(line)
                .contains(url)
                .hasLineCount(1);
        assertThat(dialled.out()).isEmpty();
    }

    @Test
    void tail_and_bench_bring_a_token_to_a_closed_server() throws Exception {
        CommandLine server = server(
                "-Dswitchboard.access=token", "-Dswitchboard.token.secret=" + KEY, "-Dswitchboard.api.key=" + KEY);
        String token = output("token", "--user", "anna", "--secret", KEY);
        CommandLine tail = run(
                "tail", "--token", token, "--count", "2", server.raw("hello").toString());
        String url = server.url().toString();
        await().until(() -> output("presence", url, "hello", "--key", KEY).contains("\"user\":\"anna\""));
        for (String data : List.of("{\"a\": [1e2]}", "grüß")) {
            assertThat(run("publish", url, "hello", data, "--key", KEY).status())
                    .isZero();
        }
        assertThat(tail.status()).as(tail.err()).isZero();
        assertThat(tail.out()).isEqualTo("Received: {\"a\": [1e2]}\nReceived: \"grüß\"\n");

        CommandLine stranger =
                run("tail", "--token", "canary", server.raw("hello").toString());
        assertThat(stranger.status()).isEqualTo(1);
        assertThat(stranger.err())
                .startsWith("switchboard: closed by the server: 3500 invalid token")
                .doesNotContain("canary");
        CommandLine outside =
                run("tail", "--token", token, server.raw("nowhere:x").toString());
        assertThat(outside.status()).isEqualTo(1);
        assertThat(outside.err()).isEqualTo("switchboard: the server answered: 102 unknown channel\n");

        String socket = url.replaceFirst("http", "ws") + "connection/websocket";
        CommandLine bench = run(
                "bench", socket, "--json", "--token", token, "--clients", "2", "--seconds", "0.2", "--warm-up", "0");
        assertThat(bench.status()).as(bench.err()).isZero();
        CommandLine raw = run("bench", server.raw("c").toString(), "--token", token);
        assertThat(raw.status()).isEqualTo(2);
        assertThat(raw.err()).isEqualTo("switchboard: a raw client cannot bring a token\n");
    }

    @Test
    void the_doctor_finds_no_fault_at_a_sound_server_and_names_the_cure_of_a_refused_origin() throws Exception {
        CommandLine server = server();
        CommandLine sound = run("doctor", server.url().toString(), "--idle", "1s");
        assertThat(sound.status()).as(sound.out() + sound.err()).isZero();
        assertThat(sound.out().lines().map(line -> line.replaceAll(" +", " ")))
                .anyMatch(line -> line.startsWith("ok reachable " + server.url() + " answers in "))
                .anyMatch(line -> line.startsWith("ok clock "))
                .contains(
                        "ok ready the relay accepts clients",
                        "ok upgrade HTTP 101; a WebSocket opens",
                        "ok size messages of up to 65000 bytes pass",
                        "ok close the code of the relay arrives: 3501")
                .anyMatch(line -> line.startsWith("ok message there and back in "))
                .anyMatch(line -> line.startsWith("ok stream an event arrives after "))
                .anyMatch(line -> line.startsWith("ok sse an event arrives after "))
                .anyMatch(line -> line.startsWith("not known idle a connection stays open that is quiet for "))
                .hasSize(11);
        assertThat(sound.err()).isEmpty();

        CommandLine refused =
                run("doctor", server.raw("hello").toString(), "--idle", "1s", "--origin", "https://app.example.com");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out())
                .containsPattern("(?m)^fault +origin +https://app.example.com: HTTP 403; its pages are refused; "
                        + "switchboard.origins=https://app.example.com allows them$");
        CommandLine absent = run("doctor", "ftp://nowhere/");
        assertThat(absent.status()).isEqualTo(2);
        assertThat(absent.err())
                .startsWith("switchboard: bad URL: it must look like https://HOST/")
                .hasLineCount(1);
    }

    @Test
    void a_setting_of_the_command_line_overrides_properties_variables_and_the_file() throws Exception {
        Path file = Files.writeString(
                temporary.resolve("some.properties"),
                "switchboard.api.errors=canary\nswitchboard.log.format=canary\nswitchboard.message.bytes=canary\n");
        Map<String, String> environment = Map.of("SWITCHBOARD_API_ERRORS", "canary", "SWITCHBOARD_LOG_FORMAT", "text");
        CommandLine check = keep(CommandLine.run(
                environment,
                "-Dswitchboard.api.errors=canary",
                "-Dswitchboard.message.bytes=1000",
                "--config",
                file.toString(),
                "--set",
                "switchboard.api.errors=transport",
                "check"));
        assertThat(check.status()).as(check.err()).isZero();
        CommandLine foreign = run("--set", "api.errors=reply", "check");
        assertThat(foreign.status()).isEqualTo(2);
        assertThat(foreign.err()).contains("begins with switchboard.");
    }

    @Test
    void help_and_version_are_words_and_a_shell_gets_its_completions() throws Exception {
        assertThat(output("help")).isEqualTo(output("--help")).contains("doctor", "completion");
        assertThat(output("help", "doctor")).contains("--idle");
        assertThat(output("version")).isEqualTo(output("--version")).startsWith("switchboard ");
        CommandLine misspelt = run("doktor", "http://127.0.0.1:1/");
        assertThat(misspelt.status()).isEqualTo(2);
        assertThat(misspelt.err()).contains("Did you mean", "doctor");

        CommandLine completion = run("completion");
        assertThat(completion.status()).isZero();
        Path script = Files.writeString(temporary.resolve("script"), completion.out());
        Process shell = new ProcessBuilder(
                        "bash",
                        "-c",
                        ". " + script + "; COMP_WORDS=(switchboard doctor --ori); COMP_CWORD=2;"
                                + " _complete_switchboard; echo ${COMPREPLY[*]}")
                .redirectErrorStream(true)
                .start();
        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("--origin");
        assertThat(shell.waitFor()).isZero();
    }

    @Test
    void a_refused_handshake_is_an_error_of_one_line() throws Exception {
        CommandLine server = server();
        CommandLine tail =
                run("tail", server.url().resolve("/nothing").toString().replaceFirst("http", "ws"));
        assertThat(tail.status()).isEqualTo(2);
        assertThat(tail.err()).contains("HTTP 404").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "raw/bench, --window 8",
        "raw/bench, --pairs",
        "raw/bench, --rate 50 --senders 2 --silent 3",
        "connection/websocket, --json --rate 100",
        "connection/websocket?channel=x, --json --pairs --size 40"
    })
    void bench_loads_a_server_and_prints_what_arrived(String path, String options) throws Exception {
        CommandLine server = server();
        String url = server.url().toString().replaceFirst("http", "ws") + path;
        List<String> arguments = new ArrayList<>(List.of("bench", url, "--clients", "20", "--seconds", "0.5"));
        arguments.addAll(List.of("--warm-up", "0.5"));
        arguments.addAll(List.of(options.split(" ")));
        CommandLine bench = run(arguments.toArray(String[]::new));
        assertThat(bench.status()).as(bench.err()).isZero();
        assertThat(bench.err()).isEmpty();
        assertThat(bench.out())
                .containsPattern("deliveries/s +[1-9]")
                .containsPattern("messages/s +[1-9]")
                .containsPattern("lost +0\n")
                .containsPattern("doubled +0\n")
                .containsPattern("disordered +0\n")
                .containsPattern("p99.9 +\\d+\\.\\d\\d ms\n")
                .containsPattern("under +\\d+ .?s +\\d+\\.\\d\\d % #+\n");
    }

    @Test
    void bench_prints_the_refusal_of_the_server() throws Exception {
        CommandLine server = server("-Dswitchboard.connections=10", "-Dswitchboard.message.bytes=100");
        // More than the limit of simultaneous handshakes.
        CommandLine crowd = run("bench", server.raw("c").toString(), "--clients", "1000");
        assertThat(crowd.status()).isEqualTo(2);
        assertThat(crowd.err())
                .startsWith("switchboard: cannot connect to " + server.raw("c") + ": the server answered HTTP 503")
                .hasLineCount(1);
        CommandLine large = run("bench", server.raw("c").toString(), "--clients", "2");
        assertThat(large.status()).isEqualTo(1);
        assertThat(large.err())
                .isEqualTo("switchboard: a sender was disconnected: closed by the server: 1009 message size limit\n");
        assertThat(crowd.out() + large.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"--clients, 0", "--pairs, --clients=3", "--window, 0", "--seconds, -1", "--size, 1", "--rate, x"})
    void bench_refuses_an_invalid_option(String option, String value) throws Exception {
        CommandLine bench = run("bench", "ws://127.0.0.1:1/raw/c", option, value);
        assertThat(bench.status()).isEqualTo(2);
        assertThat(bench.err()).isNotEmpty().doesNotContain("cannot connect");
        assertThat(bench.out()).isEmpty();
    }

    @Test
    void publish_presence_and_history_ask_a_running_server() throws Exception {
        CommandLine server = server("-Dswitchboard.api.key=" + KEY, "--context", "chat");
        String url = server.url().toString();
        WebSocketClient listener = rawClient(server, "c");
        CommandLine published = run("publish", url, "c", "{\"a\": [1e2]}", "--key", KEY);
        assertThat(published.status()).isZero();
        assertThat(published.out()).matches("\\{\"offset\":1,\"epoch\":\"[^\"]+\"}\n");
        assertThat(listener.next()).isEqualTo("{\"a\": [1e2]}");

        Map<String, String> environment = Map.of("SWITCHBOARD_API_KEY", KEY);
        String noSlash = url.substring(0, url.length() - 1);
        for (String text : List.of("Grüß \"Gott\" 🙂", "1,\"sender\":\"x\"", "{\"a\":}", "01")) {
            assertThat(keep(CommandLine.run(environment, "publish", noSlash, "c", text))
                            .status())
                    .isZero();
            assertThat(listener.next()).isEqualTo("\"" + text.replace("\"", "\\\"") + "\"");
        }
        CommandLine presence = keep(CommandLine.run(environment, "presence", url, "c"));
        assertThat(presence.status()).isZero();
        assertThat(presence.out()).startsWith("{\"presence\":{\"").hasLineCount(1);
        CommandLine history =
                keep(CommandLine.run(environment, "history", url, "c", "--limit", "2", "--reverse", "--since", "3"));
        assertThat(history.status()).isZero();
        assertThat(history.out())
                .startsWith("{\"publications\":[{\"data\":\"Gr")
                .containsPattern("\"offset\":1,\"time\":\\d{13}}]");
        assertThat(published.err() + presence.err() + history.err()).isEmpty();
    }

    @Test
    void a_refusal_by_the_server_is_an_error_of_one_line_without_the_key() throws Exception {
        CommandLine server = server("-Dswitchboard.api.key=" + KEY);
        String url = server.url().toString();
        CommandLine refused = run("presence", url, "nowhere:x", "--key", KEY);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).isEqualTo("switchboard: the server answered: 102 unknown channel\n");
        for (String key : List.of("canary-wrong", "", "canary ß")) {
            CommandLine stranger = run("presence", url, "c", "--key", key);
            assertThat(stranger.status()).isEqualTo(2);
            assertThat(stranger.err())
                    .startsWith("switchboard: ")
                    .contains("key")
                    .doesNotContain("canary")
                    .hasLineCount(1);
            assertThat(stranger.err().contains("The key is not known")).isEqualTo(key.equals("canary-wrong"));
            assertThat(stranger.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "ws://127.0.0.1:1/ ~ bad URL",
                "http://a b/ ~ bad URL",
                "http:///x ~ bad URL",
                "nonsense ~ bad URL",
                "http://127.0.0.1:1/ ~ connection refused",
                "http://nowhere.invalid/ ~ unknown host"
            })
    void an_absent_server_is_an_error_of_one_line(String url, String line) throws Exception {
        CommandLine published = run("publish", url, "c", "1");
        assertThat(published.status()).isEqualTo(2);
        assertThat(published.err())
                .startsWith("switchboard: ")
                .contains(line)
                .contains(url)
                .hasLineCount(1);
        assertThat(published.out()).isEmpty();
    }

    @Test
    @Row("A19")
    void a_redirect_names_only_a_path() throws Exception {
        CommandLine server = server("--context", "rt");
        HttpURLConnection redirect =
                (HttpURLConnection) server.url().resolve("/rt?a=b").toURL().openConnection();
        redirect.setInstanceFollowRedirects(false);
        assertThat(redirect.getResponseCode()).isEqualTo(302);
        assertThat(redirect.getHeaderField("Location")).isEqualTo("/rt/?a=b");
    }

    @Test
    void the_server_accepts_a_token_of_the_command_line() throws Exception {
        CommandLine token = keep(CommandLine.run(
                Map.of("SWITCHBOARD_TOKEN_SECRET", KEY),
                "token",
                "--user",
                "anna",
                "--ttl",
                "5m",
                "--info",
                "{\"n\":1}",
                "--audience",
                "relay"));
        assertThat(token.status()).isZero();
        assertThat(token.err()).isEmpty();
        assertThat(token.out()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\n");
        CommandLine door =
                run("token", "--user", "anna", "--secret", KEY, "--channel", "$c", "--audience", "relay", "--id", "1");
        assertThat(door.status()).isZero();

        CommandLine lasting = run("token", "--user", "anna", "--secret", KEY, "--ttl", "25h");
        assertThat(lasting.status()).isZero();
        assertThat(lasting.err()).contains("switchboard.token.lifetime=25h").hasLineCount(1);
        CommandLine refused =
                run("token", "--secret", KEY, "--check", lasting.out().strip());
        assertThat(refused.status()).isEqualTo(1);
        CommandLine longest = run("token", "--user", "anna", "--secret", KEY, "--ttl", "24h");
        assertThat(longest.status()).isZero();
        assertThat(longest.err()).isEmpty();
        CommandLine accepted =
                run("token", "--secret", KEY, "--check", longest.out().strip());
        assertThat(accepted.status()).as(accepted.out()).isZero();

        CommandLine server = server(
                "-Dswitchboard.access=token",
                "-Dswitchboard.token.secret=" + KEY,
                "-Dswitchboard.token.audience=relay",
                "-Dswitchboard.api.key=" + KEY);
        WebSocketClient anna = new WebSocketClient(
                URI.create(server.url().toString().replaceFirst("http", "ws") + "connection/websocket"));
        started.add(anna);
        anna.send("{\"id\":1,\"connect\":{\"token\":\"" + token.out().strip() + "\"}}");
        assertThat(anna.next().toString()).contains("\"connect\":{").contains("\"ttl\":");
        anna.send("{\"id\":2,\"subscribe\":{\"channel\":\"$c\",\"token\":\""
                + door.out().strip() + "\"}}");
        assertThat(anna.next().toString()).contains("\"subscribe\":{");
        CommandLine presence = run("presence", server.url().toString(), "$c", "--key", KEY);
        assertThat(presence.status()).isZero();
        assertThat(presence.out()).contains("\"user\":\"anna\"").contains("\"conn_info\":{\"n\":1}");
    }

    @Test
    void init_writes_a_folder_with_everything_for_a_closed_server(@TempDir Path folder) throws Exception {
        assertThat(run("init", folder.toString()).status()).isZero();
        Path settings = folder.resolve("switchboard.env");
        assertThat(Files.getPosixFilePermissions(settings)).hasSize(2);
        Map<String, String> environment = new HashMap<>();
        for (String line : Files.readAllLines(settings)) {
            if (!line.startsWith("#")) {
                environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
            }
        }
        assertThat(environment.values()).doesNotHaveDuplicates().hasSize(5);
        String before = Files.readString(settings);
        CommandLine again = run("init", folder.toString());
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("exists; nothing was written");
        assertThat(settings).hasContent(before);

        CommandLine check = keep(CommandLine.run(environment, "check"));
        assertThat(check.status()).as(check.err()).isZero();
        assertThat(check.out()).startsWith("valid: ");
        assertThat(check.err()).isEmpty();
        Files.writeString(folder.resolve("rules.json"), "{\"defaults\": {\"subscribe\": \"everybody\"}}");
        CommandLine wrong = keep(CommandLine.run(environment, "check"));
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("rules.json", "defaults.subscribe");
        Files.writeString(folder.resolve("rules.json"), "{}");

        CommandLine made = keep(CommandLine.run(environment, "token", "--user", "anna"));
        assertThat(made.status()).as(made.err()).isZero();
        String token = made.out().strip();
        CommandLine valid = keep(CommandLine.run(environment, "token", "--check", token));
        assertThat(valid.status()).as(valid.err()).isZero();
        assertThat(valid.out()).matches("(?s)valid: a connection token for user \"anna\", for 3[56]\\d\\d s.*");
        CommandLine refused = keep(CommandLine.run(environment, "token", "--check", token, "--audience", "relay"));
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out()).startsWith("refused: audience, ");
        CommandLine foreign = run("token", "--check", token, "--secret", KEY);
        assertThat(foreign.status()).isEqualTo(1);
        assertThat(foreign.out()).startsWith("refused: signature, ");
        CommandLine unknown = run("token", "--check", token, "--secret", "short");
        assertThat(unknown.status()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "--user ~ anna ~ secret",
                "--ttl ~ soon ~ --ttl",
                "--info ~ {canary} ~ --info",
                "--channel ~ c ~ --user"
            })
    void token_names_an_invalid_option(String option, String value, String why) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("token", option, value));
        if (!why.equals("secret")) {
            arguments.addAll(List.of("--secret", "canary-canary-canary-canary-canary"));
        }
        if (why.startsWith("--") && !why.equals("--user")) {
            arguments.addAll(List.of("--user", "anna"));
        }
        CommandLine token = run(arguments.toArray(String[]::new));
        assertThat(token.status()).isEqualTo(2);
        assertThat(token.err()).contains(why).doesNotContain("canary-");
        assertThat(token.out()).isEmpty();
    }

    @Test
    void the_server_serves_the_page_on_loopback_below_the_context_and_hides_the_launcher() throws Exception {
        CommandLine server = server("--context", "chat/");
        assertThat(server.url().toString()).matches("http://127\\.0\\.0\\.1:\\d+/chat/");
        HttpURLConnection page = get(server, "");
        assertThat(page.getResponseCode()).isEqualTo(200);
        assertThat(page.getContentType()).startsWith("text/html");
        assertThat(get(server, "demo.js").getContentType()).contains("javascript");
        assertThat(get(server, "centrifuge.js").getContentType()).contains("javascript");
        for (String path : List.of(
                "/",
                "dev/switchboard/launcher/Main.class",
                "META-INF/versions/17/dev/switchboard/launcher/Main.class",
                "WEB-INF/launcher/",
                "WEB-INF/rules.json")) {
            HttpURLConnection hidden = get(server, path);
            assertThat(hidden.getResponseCode()).as(path).isEqualTo(404);
            InputStream body = hidden.getErrorStream();
            assertThat(body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotContain("Undertow")
                    .doesNotContain("Exception");
        }
        WebSocketClient client = rawClient(server, "c?echo=true");
        client.send("hi");
        assertThat(client.next()).isEqualTo("hi");
    }

    @Test
    void a_stop_disconnects_the_clients_with_a_reason() throws Exception {
        CommandLine server = server();
        WebSocketClient client = rawClient(server, "hello");
        client.next();

        server.terminate();

        assertThat(client.closed().getCloseCode().getCode()).isEqualTo(3001);
        assertThat(server.status()).isEqualTo(143);
        assertThat(server.err())
                .contains("WARNING switchboard.access=open")
                .contains("connect client=")
                .contains("INFO draining clients=1")
                .containsPattern("disconnect client=\\S+ address=127\\.0\\.0\\.1 .* code=3001 reason=\"shutdown\"");
        assertThat(server.err().lines()).hasSize(4);
    }

    @Test
    @Row("S23")
    void a_running_server_needs_no_file_and_leaves_no_file(Seen seen) throws Exception {
        Path war = Files.copy(Path.of(System.getProperty("war")), temporary.resolve("copy.war"));
        Path none = temporary.resolve("no-such-folder");
        CommandLine server = keep(CommandLine.serverOf(
                war, "-Djava.io.tmpdir=" + none, "-Dswitchboard.api.key=" + KEY, "-Dswitchboard.token.secret=" + KEY));
        Files.write(war, new byte[1_000]); // as if an operator copies the next version over it
        assertThat(temporary).isDirectoryContaining(war::equals);
        Files.delete(war);

        assertThat(get(server, "centrifuge.js").getResponseCode()).isEqualTo(200);
        assertThat(get(server, "metrics").getResponseCode()).isEqualTo(200);
        CommandLine published = run("publish", server.url().toString(), "c", "1", "--key", KEY);
        assertThat(published.status()).as(published.err()).isZero();
        WebSocketClient anna = new WebSocketClient(
                URI.create(server.url().toString().replaceFirst("http", "ws") + "connection/websocket"));
        started.add(anna);
        anna.send("{\"id\":1,\"connect\":{\"token\":\"" + output("token", "--user", "anna", "--secret", KEY) + "\"}}");
        assertThat(anna.next().toString()).contains("\"connect\":{");
        assertThat(get(server, "raw/c").getResponseCode()).isEqualTo(200);
        assertThat(temporary).isEmptyDirectory();

        server.terminate();

        assertThat(anna.closed().getCloseCode().getCode()).isEqualTo(3001);
        assertThat(server.status()).isEqualTo(143);
        assertThat(server.err()).doesNotContain("\tat ");

        CommandLine killed = server();
        killed.kill();
        assertThat(temporary).isEmptyDirectory();
        seen.note("the file was overwritten and removed while it ran; no file was written, not even by kill -9");
    }

    @Test
    void a_stop_answers_every_request_until_the_port_is_closed() throws Exception {
        CommandLine server =
                server("-Dswitchboard.api.key=" + KEY, "-Dswitchboard.drain.rate=10", "-Dswitchboard.drain.time=60s");
        List<WebSocketClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) { // for two seconds
            clients.add(rawClient(server, "c"));
        }
        server.terminate();
        await().until(() -> get(server, "health/ready").getResponseCode() == 503);

        assertThat(get(server, "health/live").getResponseCode()).isEqualTo(200);
        for (String path : List.of("", "demo.js", "nothing", "api/info", "raw/c")) {
            HttpURLConnection refused = get(server, path);
            assertThat(refused.getResponseCode()).as(path).isEqualTo(503);
            assertThat(Integer.parseInt(refused.getHeaderField("Retry-After")))
                    .as(path)
                    .isPositive();
        }
        try (RawSocket late = new RawSocket(server.raw("c"))) {
            assertThat(late.status).contains(" 503");
            assertThat(late.header("Retry-After")).hasSize(1);
        }
        List<Integer> statuses = new ArrayList<>();
        try {
            while (true) {
                statuses.add(get(server, "health/live").getResponseCode());
            }
        } catch (IOException closed) {
            // the last response may be 503, on a connection that closes with the port
            assertThat(statuses.subList(0, statuses.size() - 1)).containsOnly(200);
        }
        for (WebSocketClient client : clients) {
            assertThat(client.closed().getCloseCode().getCode()).isEqualTo(3001);
        }
        assertThat(server.status()).isEqualTo(143);
        assertThat(server.err()).doesNotContain("\tat ").doesNotContain("Exception");
    }

    @Test
    void the_log_has_ascii_digits_and_english_words_whatever_the_locale() throws Exception {
        CommandLine server = server("-Duser.language=ar", "-Duser.country=EG");
        rawClient(server, "c").close();
        await().until(() -> server.err().contains("disconnect client="));
        assertThat(server.err().lines()).allMatch(line -> line.matches("\\p{ASCII}+"));
        assertThat(server.err()).containsPattern("(?m)^20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARNING ");
    }

    @Test
    void explain_says_which_rule_gives_a_right_and_whether_a_token_is_valid(@TempDir Path folder) throws Exception {
        Path rules = Files.writeString(
                folder.resolve("rules.json"), "{\"namespaces\": {\"chat\": {\"subscribe\": \"authenticated\"}}}");
        Map<String, String> environment = Map.of("SWITCHBOARD_RULES", rules.toString());
        CommandLine named = keep(CommandLine.run(environment, "explain", "--channel", "chat:room1", "--user", "42"));
        assertThat(named.status()).as(named.err()).isZero();
        assertThat(named.out())
                .startsWith("channel \"chat:room1\", user \"42\"\nrule: the rule of the namespace \"chat\" in " + rules)
                .contains("\nsubscribe: yes, subscribe is \"authenticated\" in ", "\nhistory_size: 0");
        CommandLine refused = keep(CommandLine.run(environment, "explain", "--channel", "chat:room1", "--token", "x"));
        assertThat(refused.status()).as(refused.err()).isEqualTo(1);
        assertThat(refused.out())
                .contains(
                        "\ntoken: refused, it is no signed JSON Web Token",
                        "\nsubscribe: no, ",
                        "the client has no user");
        CommandLine shipped = run("explain");
        assertThat(shipped.status()).as(shipped.err()).isZero();
        assertThat(shipped.out()).contains("\"Hello, Client!\"");
    }

    @Test
    void a_page_of_another_origin_is_in_the_log_with_the_setting_that_lets_it_in() throws Exception {
        CommandLine server = server();
        int port = server.url().getPort();
        try (Socket page = new Socket("127.0.0.1", port)) {
            page.getOutputStream()
                    .write(("GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                    + "\r\nOrigin: http://localhost:5173\r\nUpgrade: websocket\r\nConnection: Upgrade"
                                    + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(page.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 403");
        }
        await().until(() -> server.err()
                .contains("refused origin http://localhost:5173 on /connection/websocket from 127.0.0.1;"
                        + " switchboard.origins=http://localhost:5173 allows it"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "api/info ~ application/json ~ 401 ~ code=101 why=\"its key is neither switchboard.api.key nor in the file",
                "raw/a ~ image/png ~ 415 ~ code=107 why=\"That type of content is not understood.\"",
                "connection/http_stream ~ image/png ~ 415 ~ code=107 why=",
                "emulation ~ application/json ~ 400 ~ code=107 why=\"The request is malformed.\"",
                "raw/$a ~ text/plain ~ 403 ~ code=103 why=\"a channel whose name begins with $ needs a subscription token"
            })
    void a_refused_request_is_in_the_log_with_its_reason(String path, String type, int status, String reason)
            throws Exception {
        CommandLine server = server("-Dswitchboard.api.key=an-api-key-of-thirty-two-characters");
        HttpURLConnection call = get(server, path);
        call.setRequestMethod("POST");
        call.setRequestProperty("X-API-Key", "canary");
        call.setRequestProperty("Content-Type", type);
        call.setDoOutput(true);
        call.getOutputStream().write("canary".getBytes(StandardCharsets.UTF_8));
        assertThat(call.getResponseCode()).isEqualTo(status);
        await().until(() ->
                server.err().contains("request refused: method=POST path=\"/" + path + "\" address=127.0.0.1 "));
        assertThat(server.err()).contains(" status=" + status + " " + reason).doesNotContain("canary");
    }

    @Test
    void each_line_of_the_log_is_a_json_object_if_the_setting_says_so() throws Exception {
        CommandLine server = server("-Dswitchboard.log.format=json");
        rawClient(server, "c").close();
        await().until(() -> server.err().contains("\"event\":\"disconnect\""));
        assertThat(server.err().lines())
                .allSatisfy(
                        line -> assertThat(line).startsWith("{\"time\":\"20").endsWith("}"));
        assertThat(server.err())
                .contains(
                        "\"event\":\"connect\",\"client\":\"",
                        "\"event\":\"log\",\"message\":\"switchboard.access=open");
    }

    @Test
    void the_log_has_two_lines_for_a_stream_whose_client_leaves() throws Exception {
        CommandLine server = server();
        int port = server.url().getPort();
        for (int i = 0; i < 10; i++) {
            try (Socket leaving = new Socket("127.0.0.1", port)) {
                leaving.getOutputStream()
                        .write(("GET /raw/c HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(leaving.getInputStream().read()).isEqualTo('H');
                leaving.setSoLinger(i % 2 == 0, 0); // by RST or by FIN
            }
        }
        await().until(() -> server.err()
                        .lines()
                        .filter(line -> line.contains(" connect client="))
                        .count()
                == 10);
        WebSocketClient publisher = rawClient(server, "c");
        await().until(() -> {
            publisher.send("x".repeat(1_000));
            return server.err()
                            .lines()
                            .filter(line -> line.contains("disconnect"))
                            .count()
                    == 10;
        });
        assertThat(server.err().lines().filter(line -> line.contains("disconnect")))
                .allSatisfy(line -> assertThat(line).containsPattern(" code=(1001|1006) "));
        assertThat(server.err()).doesNotContain("\tat ");
        // Two for each stream, a warning, and the publisher's connect line.
        assertThat(server.err().lines()).hasSize(22);
    }

    @Test
    void a_port_in_use_is_an_error_of_one_line() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandLine server = run("--port", String.valueOf(taken.getLocalPort()));
            assertThat(server.status()).isEqualTo(1);
            assertThat(server.err())
                    .contains("cannot listen on 127.0.0.1 port " + taken.getLocalPort())
                    .hasLineCount(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"--port, 65536", "--port, x", "--nonsense, 1", "--host, ''"})
    void the_error_names_an_invalid_option(String option, String value) throws Exception {
        CommandLine server = run(option, value);
        assertThat(server.status()).isEqualTo(2);
        assertThat(server.err()).contains(option);
        assertThat(server.out()).isEmpty();
    }

    @Test
    void help_lists_every_option_and_command() throws Exception {
        CommandLine help = run("--help");
        assertThat(help.status()).isZero();
        assertThat(help.out())
                .contains("--host", "--port", "--context", "tail", "send", "8000", "127.0.0.1")
                .contains("publish", "presence", "history", "token", "bench", "doctor");
        for (String command : List.of("publish", "presence", "history", "token")) {
            CommandLine one = run(command, "--help");
            assertThat(one.status()).isZero();
            assertThat(one.out())
                    .contains("Usage", "Exit status")
                    .containsAnyOf("SWITCHBOARD_API_KEY", "SWITCHBOARD_TOKEN_SECRET");
        }
        CommandLine tail = run("tail", "--help");
        assertThat(tail.status()).isZero();
        assertThat(tail.out()).contains("--raw", "--count", "Exit status");
    }

    @Test
    void an_unknown_or_malformed_setting_stops_the_start_with_one_line_that_names_it() throws Exception {
        CommandLine unknown = run("-Dswitchboard.outbox.agee=1s", "--port", "0");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err())
                .contains("Switchboard does not start: unknown setting switchboard.outbox.agee;"
                        + " did you mean switchboard.outbox.age? ")
                .hasLineCount(1);

        CommandLine malformed = keep(CommandLine.run(Map.of("SWITCHBOARD_MESSAGE_BYTES", "64k"), "--port", "0"));
        assertThat(malformed.status()).isEqualTo(1);
        assertThat(malformed.err()).contains("switchboard.message.bytes=64k").hasLineCount(1);

        Path rules =
                Files.writeString(temporary.resolve("rules.json"), "{\"channels\": {\"a\": {\"greting\": \"x\"}}}");
        CommandLine misspelt = run("-Dswitchboard.rules=" + rules, "--port", "0");
        assertThat(misspelt.status()).isEqualTo(1);
        assertThat(misspelt.err())
                .contains("switchboard.rules=" + rules, "greting")
                .hasLineCount(1);
        assertThat(misspelt.out()).isEmpty();
    }

    @Test
    void the_server_reads_settings_from_properties_and_variables() throws Exception {
        Path rules = Files.writeString(temporary.resolve("rules.json"), "{\"defaults\": {\"greeting\": \"Grüezi!\"}}");
        CommandLine server = server("-Dswitchboard.rules=" + rules, "-Dswitchboard.message.bytes=10");
        WebSocketClient client = rawClient(server, "any");
        assertThat(client.next()).isEqualTo("Grüezi!");
        client.send("x".repeat(11));
        assertThat(client.closed().getCloseCode().getCode()).isEqualTo(1009);
    }

    @Test
    void an_idle_server_returns_memory_to_the_system_and_a_busy_server_keeps_it() throws Exception {
        CommandLine server = server();

        await().until(() -> server.option("MaxHeapFreeRatio").equals("30"));
        assertThat(server.option("MinHeapFreeRatio")).isEqualTo("10");
        assertThat(server.option("G1PeriodicGCInterval")).isEqualTo("5000");

        server.collect(); // as the JVM does when it is busy
        server.collect();

        await().until(() -> server.option("MinHeapFreeRatio").equals("60"));
        assertThat(server.option("MaxHeapFreeRatio")).isEqualTo("100");

        await().atMost(IDLE).until(() -> server.option("MaxHeapFreeRatio").equals("30"));
        assertThat(server.option("MinHeapFreeRatio")).isEqualTo("10");
    }

    @Test
    void memory_options_of_the_operator_override_the_defaults() throws Exception {
        CommandLine ratio = server("-XX:MaxHeapFreeRatio=60");
        CommandLine time = server("-XX:G1PeriodicGCInterval=0");
        CommandLine collector = server("-XX:+UseSerialGC");

        await().until(() -> ratio.option("G1PeriodicGCInterval").equals("5000"));
        await().until(() -> time.option("MinHeapFreeRatio").equals("10"));
        for (CommandLine busy : new CommandLine[] {ratio, collector, time}) {
            busy.collect();
            busy.collect();
        }
        await().until(() -> time.option("MinHeapFreeRatio").equals("60"));

        assertThat(time.option("G1PeriodicGCInterval")).isEqualTo("0");
        assertThat(ratio.option("MinHeapFreeRatio")).isEqualTo("40");
        assertThat(ratio.option("MaxHeapFreeRatio")).isEqualTo("60");
        assertThat(collector.option("MinHeapFreeRatio")).isEqualTo("40");
        assertThat(collector.option("MaxHeapFreeRatio")).isEqualTo("70");
    }
}
