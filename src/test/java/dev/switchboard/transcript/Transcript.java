package dev.switchboard.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Plays one conversation from a file; the first lines of {@code connect.txt} describe the format.
 *
 * <p>The file must have every frame that a client receives. At the end each client of the protocol
 * that is still connected sends one more command, and its reply must be the next frame.
 */
public record Transcript(String name, List<String> lines) {

    private static final Path FOLDER = Path.of("src/test/resources/transcripts");
    private static final String JSON_ONLY = "# json only";
    private static final Pattern STEP = Pattern.compile("(\\w+) ([@>+<!]) ?(.*)");
    private static final Pattern DEFINITION = Pattern.compile("token (\\w+) (.*)");
    private static final Pattern PAUSE = Pattern.compile("pass (\\d+)s");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");
    /** The time of a publication, which only some transcripts ask for. */
    private static final Pattern TIME = Pattern.compile(",\"time\":\\d{13}");

    private static final String VALUE = "([^\",{}\\[\\]]+)";

    /** Returns all transcripts, of which some need a clock that the test moves. */
    public static List<Transcript> all() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Transcript> all = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".txt"))
                    .sorted()
                    .toList()) {
                all.add(new Transcript(file.getFileName().toString().replace(".txt", ""), Files.readAllLines(file)));
            }
            return all;
        }
    }

    /** Returns the transcripts that take no time. */
    public static List<Transcript> timeless() throws IOException {
        return all().stream().filter(transcript -> !transcript.takesTime()).toList();
    }

    /** Returns whether all its messages can be written in Protobuf. */
    public boolean isForProtobuf() {
        return !lines.contains(JSON_ONLY);
    }

    private boolean takesTime() {
        return lines.stream().anyMatch(line -> PAUSE.matcher(line).matches());
    }

    /** Returns the channel rules that the server must have. */
    public static Path rules() {
        return FOLDER.resolve("rules.json");
    }

    @Override
    public String toString() {
        return name;
    }

    public void play(Server server) throws Exception {
        new Play(server).run();
    }

    private final class Play {
        final Server server;
        final Map<String, String> values = new HashMap<>();
        final Map<String, Server.Line> connections = new LinkedHashMap<>();

        Play(Server server) {
            this.server = server;
            values.put("run", UUID.randomUUID().toString());
        }

        void run() throws Exception {
            int number = 0;
            try {
                for (String line : lines) {
                    number++;
                    if (!line.isBlank() && !line.startsWith("#")) {
                        step(line, number);
                    }
                }
                for (Map.Entry<String, Server.Line> open : connections.entrySet()) {
                    open.getValue().send("{\"id\":4294967295,\"ping\":{}}");
                    receive(open.getKey(), "{\"id\":4294967295,\"ping\":{}}");
                }
            } catch (Exception | AssertionError failure) {
                throw new AssertionError(name + ".txt:" + number + ": " + failure.getMessage(), failure);
            } finally {
                for (Server.Line connection : connections.values()) {
                    connection.close();
                }
            }
        }

        private void step(String line, int number) throws Exception {
            Matcher definition = DEFINITION.matcher(line);
            if (definition.matches()) {
                values.put(definition.group(1), Token.signed(filledIn(definition.group(2))));
                return;
            }
            Matcher pause = PAUSE.matcher(line);
            if (pause.matches()) {
                server.pass(Duration.ofSeconds(Long.parseLong(pause.group(1))));
                return;
            }
            Matcher step = STEP.matcher(line);
            if (!step.matches()) {
                throw new IllegalArgumentException("not a step: " + line);
            }
            String client = step.group(1);
            String what = step.group(3);
            switch (step.group(2)) {
                case "@" -> open(client, filledIn(what));
                case ">" -> connection(client).send(filledIn(whole(what, number)));
                case "+" -> {} // already sent with the line before
                case "<" -> receive(client, what);
                default -> Objects.requireNonNull(connections.remove(client)).cut();
            }
        }

        /** Returns the line together with the next lines of the same message. */
        private String whole(String first, int number) {
            StringBuilder message = new StringBuilder(first);
            lines.stream()
                    .skip(number)
                    .map(STEP::matcher)
                    .takeWhile(next -> next.matches() && next.group(2).equals("+"))
                    .forEach(next -> message.append('\n').append(next.group(3)));
            return message.toString();
        }

        private void open(String client, String endpoint) throws Exception {
            connections.put(client, server.open(endpoint));
        }

        private Server.Line connection(String client) {
            return Objects.requireNonNull(connections.get(client), client + " is not connected");
        }

        private void receive(String client, String expected) throws Exception {
            String line = connection(client).next();
            String actual =
                    expected.contains("\"time\"") ? line : TIME.matcher(line).replaceAll("");
            List<String> names = new ArrayList<>();
            Matcher match = pattern(expected, names::add).matcher(actual);
            assertThat(match.matches())
                    .withFailMessage(() -> client + " received\n  " + actual + "\nand not\n  " + expected)
                    .isTrue();
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), match.group(i + 1));
            }
            if (expected.startsWith("close ")) {
                connections.remove(client);
            }
        }

        /**
         * Returns a pattern for the line; {@code learn} gets its unknown variables in their order.
         */
        private Pattern pattern(String expected, Consumer<String> learn) {
            StringBuilder pattern = new StringBuilder();
            int end = 0;
            for (MatchResult variable : VARIABLE.matcher(expected).results().toList()) {
                pattern.append(Pattern.quote(expected.substring(end, variable.start())));
                String known = values.get(variable.group(1));
                if (known == null) {
                    learn.accept(variable.group(1));
                    pattern.append(VALUE);
                } else {
                    pattern.append(Pattern.quote(known));
                }
                end = variable.end();
            }
            return Pattern.compile(pattern + Pattern.quote(expected.substring(end)));
        }

        private String filledIn(String text) {
            return VARIABLE.matcher(text)
                    .replaceAll(variable -> Matcher.quoteReplacement(
                            Objects.requireNonNull(values.get(variable.group(1)), variable.group())));
        }
    }
}
