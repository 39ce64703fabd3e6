package dev.switchboard.launcher.centrifugo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Frame;
import dev.switchboard.web.RulesFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares rights with those that Centrifugo 6.9.1 gave under the same configuration.
 *
 * <p>A line of {@code *.rights.txt} has a channel, a user, the answer to a subscribe, the answers
 * to publish, presence and history before it, and the answers to the same three after it.
 */
class TakeoverRightsTest {

    private static final String SECRET = "a-secret-of-thirty-two-bytes-or-more";
    private static final Pattern CODE = Pattern.compile("\"error\":\\{\"code\":(\\d+)");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"every.json, every", "chat.yaml, chat", "chat.toml, chat", "flat.json, chat"})
    void the_relay_gives_the_same_rights_as_centrifugo(String configuration, String rights) throws Exception {
        Takeover takeover = Takeover.of(TakeoverTest.CONFIGURATIONS.resolve(configuration), Map.of());
        Path rules = Files.writeString(folder.resolve("rules.json"), takeover.rules(), UTF_8);
        Map<String, String> settings = new HashMap<>(takeover.settings());
        Relay relay = new Relay(Settings.read(settings), RulesFiles.read(rules));
        try {
            List<String> given = new ArrayList<>();
            List<String> expected =
                    Files.readAllLines(TakeoverTest.CONFIGURATIONS.resolve(rights + ".rights.txt"), UTF_8);
            for (String line : expected) {
                String[] cells = line.split(" ");
                given.add(cells[0] + " " + cells[1] + " " + new Visit(relay, cells[1]).to(cells[0]));
            }
            assertThat(given).isEqualTo(expected);
        } finally {
            relay.stop();
        }
    }

    @Test
    void the_relay_reads_the_rules_of_each_configuration() throws Exception {
        for (String name : List.of("every.json", "chat.yaml", "chat.toml", "flat.json", "hooks.yaml")) {
            Takeover takeover = Takeover.of(TakeoverTest.CONFIGURATIONS.resolve(name), Map.of());
            assertThat(RulesFiles.read(Files.writeString(folder.resolve("rules.json"), takeover.rules(), UTF_8)))
                    .isNotNull();
        }
    }

    /** Connects one client that tries all operations of a channel. */
    private static final class Visit {
        private final ScriptedTransport transport = ScriptedTransport.inline();
        private final Client client;
        private int id;

        Visit(Relay relay, String user) throws GeneralSecurityException, IOException {
            client = relay.protocols().connectJson(transport);
            String token = user.equals("anonymous") ? "" : "\"token\":\"" + token(user) + "\"";
            assertThat(ask("\"connect\":{" + token + "}")).isEqualTo("yes");
        }

        String to(String channel) {
            String before = all(channel);
            String subscribed = ask("\"subscribe\":{\"channel\":\"" + channel + "\"}");
            return subscribed + " " + before + " " + (subscribed.equals("yes") ? all(channel) : "- - -");
        }

        private String all(String channel) {
            return ask("\"publish\":{\"channel\":\"" + channel + "\",\"data\":{}}") + " "
                    + ask("\"presence\":{\"channel\":\"" + channel + "\"}") + " "
                    + ask("\"history\":{\"channel\":\"" + channel + "\",\"limit\":1}");
        }

        private String ask(String command) {
            id++;
            client.receive(Frame.text("{\"id\":" + id + "," + command + "}"));
            String start = "{\"id\":" + id + ",";
            await().until(() -> transport.sent().stream().anyMatch(reply -> reply.contains(start)));
            String reply = transport.sent().stream()
                    .flatMap(String::lines)
                    .filter(line -> line.startsWith(start))
                    .findFirst()
                    .orElseThrow();
            Matcher error = CODE.matcher(reply);
            return !error.find()
                    ? "yes"
                    : switch (error.group(1)) {
                        case "103" -> "no";
                        case "108" -> "off";
                        default -> error.group(1);
                    };
        }

        private static String token(String user) throws GeneralSecurityException {
            String signed = encoded("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                    + encoded(("{\"sub\":\"" + user + "\",\"exp\":"
                                    + Instant.now().plusSeconds(600).getEpochSecond() + "}")
                            .getBytes(UTF_8));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
            return signed + "." + encoded(mac.doFinal(signed.getBytes(UTF_8)));
        }

        private static String encoded(byte[] bytes) {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }
    }
}
