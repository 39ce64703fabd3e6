package dev.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.access.Log;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks that the log has one line for each refusal of a client, with the reason and the cure. */
class RefusalsInLogTest {

    private static final String SECRET = "a-secret-of-32-bytes-for-refusals";

    private static final ChannelRules RULES = new ChannelRules(
                    ChannelRule.PLAIN,
                    Map.of(
                            "closed", rule(Group.NOBODY, Group.NOBODY, Group.NOBODY),
                            "known", rule(Group.AUTHENTICATED, Group.ANYONE, Group.ANYONE),
                            "roles", rule(new Grantee.Role(Set.of("editor")), Group.ANYONE, Group.ANYONE),
                            "read", rule(Group.ANYONE, Group.NOBODY, Group.NOBODY)),
                    Map.of())
            .from("/etc/rules.json");

    private final Log log = new Log();
    private Relay relay = new Relay(Settings.of(Map.of(), Map.of(), Map.of()), RULES);

    private static ChannelRule rule(Grantee subscribe, Grantee publish, Grantee read) {
        ChannelOptions kept =
                ChannelOptions.PLAIN.withPresence(true).with(new ChannelOptions.Retention(10, Duration.ofMinutes(1)));
        return new ChannelRule(null, subscribe, publish, Group.NOBODY, read, read, kept);
    }

    private void restart(Map<String, String> settings) {
        relay.stop();
        relay = new Relay(Settings.of(settings, Map.of(), Map.of()), RULES);
    }

    private void restartWithTokens(String... more) {
        Map<String, String> settings =
                new HashMap<>(Map.of("switchboard.access", "token", "switchboard.token.secret", SECRET));
        for (int i = 0; i < more.length; i += 2) {
            settings.put("switchboard." + more[i], more[i + 1]);
        }
        restart(settings);
    }

    @AfterEach
    void stop() {
        relay.stop();
        log.close();
    }

    private Client connect(String... frames) {
        ScriptedTransport transport = ScriptedTransport.inline().from(new Peer("203.0.113.9", null));
        Client client = relay.protocols().connectJson(transport);
        for (String frame : frames) {
            client.receive(Frame.text(frame));
        }
        return client;
    }

    /** Waits for the one warning about the client, and returns it without the client's part. */
    private String warning(Client client) {
        String start = " client=" + client.id() + " address=203.0.113.9 ";
        await().until(() -> log.texts("WARNING").stream().anyMatch(line -> line.contains(start)));
        List<String> all = log.texts("WARNING").stream()
                .filter(line -> line.contains(start))
                .toList();
        assertThat(all).hasSize(1);
        return all.get(0).replace(start, " ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "{\"subscribe\":{\"channel\":\"foo:1\"}} ~ subscribe refused: channel=\"foo:1\" code=102 why=\"no channel rule names its namespace \\\"foo\\\"; an entry in namespaces of /etc/rules.json makes it known; see channel-rules.md\"",
                "{\"subscribe\":{\"channel\":\"closed:1\"}} ~ subscribe refused: channel=\"closed:1\" code=103 why=\"subscribe is \\\"nobody\\\" in the rule of the namespace \\\"closed\\\" in /etc/rules.json, and so no client has the right; see channel-rules.md\"",
                "{\"subscribe\":{\"channel\":\"known:1\"}} ~ subscribe refused: channel=\"known:1\" code=103 why=\"subscribe is \\\"authenticated\\\" in the rule of the namespace \\\"known\\\" in /etc/rules.json, and the client has no user; see channel-rules.md\"",
                "{\"subscribe\":{\"channel\":\"roles:1\"}} ~ subscribe refused: channel=\"roles:1\" code=103 why=\"subscribe is \\\"role:editor\\\" in the rule of the namespace \\\"roles\\\" in /etc/rules.json, and the login of the client has no such role; see channel-rules.md\"",
                "{\"subscribe\":{\"channel\":\"$read:1\"}} ~ subscribe refused: channel=\"$read:1\" code=103 why=\"a channel whose name begins with $ needs a subscription token; see channel-rules.md\"",
                "{\"subscribe\":{\"channel\":\"dialog#42\"}} ~ subscribe refused: channel=\"dialog#42\" code=103 why=\"its name lists after its last # the users that may be in it: \\\"42\\\"; see channel-rules.md\"",
                "{\"publish\":{\"channel\":\"read:1\",\"data\":\"canary\"}} ~ publish refused: channel=\"read:1\" code=103 why=\"publish is \\\"nobody\\\" in the rule of the namespace \\\"read\\\" in /etc/rules.json, and so no client has the right; see channel-rules.md\"",
                "{\"publish\":{\"channel\":\"plain\",\"data\":\"canary\"}} ~ publish refused: channel=\"plain\" code=103 why=\"publish is \\\"subscriber\\\" in the defaults in /etc/rules.json, and the client is not in the channel; see channel-rules.md\"",
                "{\"presence\":{\"channel\":\"read:1\"}} ~ presence refused: channel=\"read:1\" code=103 why=\"presence is \\\"nobody\\\" in ",
                "{\"history\":{\"channel\":\"read:1\"}} ~ history refused: channel=\"read:1\" code=103 why=\"history is \\\"nobody\\\" in ",
                "{\"presence_stats\":{\"channel\":\"plain\"}} ~ presence_stats refused: channel=\"plain\" code=108 why=\"keep_presence is false in the defaults in /etc/rules.json; see channel-rules.md\"",
                "{\"history\":{\"channel\":\"plain\"}} ~ history refused: channel=\"plain\" code=108 why=\"history_size is 0 in the defaults in /etc/rules.json; see channel-rules.md\"",
                "{\"rpc\":{\"method\":\"m\"}} ~ rpc refused: code=108 why=\"the setting switchboard.hooks.rpc",
                "{\"subscribe\":{\"channel\":\"LONG\"}} ~ subscribe refused: channel=\"xxx",
                "{\"sub_refresh\":{\"channel\":\"plain\",\"token\":\"canary\"}} ~ sub_refresh refused: channel=\"plain\" code=103 why=\"the client is not in the channel",
                "{\"send\":{}} ~ connection refused: code=3508 why=\"a send of the client protocol has no receiver here",
                "{\"subscribe\":{}} ~ connection refused: code=3501 why=\"a channel is missing\"",
                "{\"connect\":{}} ~ connection refused: code=3501 why=\"connected already\""
            })
    void a_refused_command_has_one_line(String command, String line) {
        String numbered = command.replace("LONG", "x".repeat(300)).replaceFirst("\\{", "{\"id\":2,");
        Client client = connect("{\"id\":1,\"connect\":{}}", numbered);
        assertThat(warning(client)).startsWith(line);
        assertThat(log.texts()).noneMatch(text -> text.contains("canary"));
    }

    @Test
    void a_limit_is_named_with_its_setting() {
        restart(Map.of("switchboard.client.channels", "1", "switchboard.client.commands", "1"));
        String subscribe = "{\"id\":%d,\"subscribe\":{\"channel\":\"c%d\"}}";
        Client full = connect("{\"id\":1,\"connect\":{}}", subscribe.formatted(2, 2), subscribe.formatted(3, 3));
        assertThat(warning(full))
                .contains("code=106 why=\"the client is in as many channels as switchboard.client.channels=1");
        Client fast = connect(
                "{\"id\":1,\"connect\":{}}",
                "{\"id\":2,\"ping\":{}}",
                "{\"id\":3,\"ping\":{}}",
                "{\"id\":4,\"ping\":{}}");
        assertThat(warning(fast)).contains("ping refused:", "code=111 why=\"the client sends more commands than");
        Client large = connect("{\"id\":1,\"connect\":{\"name\":\"" + "x".repeat(70_000) + "\"}}");
        assertThat(warning(large)).contains("code=1009 why=\"a message is larger than switchboard.message.bytes\"");
    }

    private static String token(String header, String claims) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed =
                base64.encodeToString(header.getBytes(UTF_8)) + "." + base64.encodeToString(claims.getBytes(UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
            return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String placed(String claims) {
        long now = Instant.now().getEpochSecond();
        return claims.replace("SOON", String.valueOf(now + 600))
                .replace("PAST", String.valueOf(now - 600))
                .replace("AHEAD", String.valueOf(now + 300))
                .replace("FAR", String.valueOf(now + 10_000_000));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "{\"sub\":\"canary\",\"exp\":PAST} ~ connect refused: code=109 why=\"its exp is over",
                "{\"sub\":\"canary\",\"exp\":FAR} ~ connection refused: code=3500 why=\"its exp is further ahead than switchboard.token.lifetime",
                "{\"sub\":\"canary\"} ~ connection refused: code=3500 why=\"it has no exp; switchboard.token.exp.optional=true takes such tokens\"",
                "{\"sub\":42,\"exp\":SOON} ~ connection refused: code=3500 why=\"its sub is not a string\"",
                "{\"sub\":\"canary\",\"exp\":SOON,\"nbf\":AHEAD} ~ connection refused: code=3500 why=\"its nbf is still ahead",
                "{\"sub\":\"canary\",\"exp\":\"SOON\"} ~ connection refused: code=3500 why=\"its exp is not a time",
                "{\"sub\":\"canary\",\"exp\":SOON,\"aud\":\"x\"} ~ connection refused: code=3500 why=\"its aud is not switchboard.token.audience\"",
                "{\"sub\":\"canary\",\"exp\":SOON,\"aud\":\"a\",\"iss\":\"x\"} ~ connection refused: code=3500 why=\"its iss is not switchboard.token.issuer\"",
                "{\"sub\":\"canary\",\"exp\":SOON,\"aud\":\"a\",\"iss\":\"i\",\"channel\":\"c\"} ~ connection refused: code=3500 why=\"it is for another user, client or channel",
                "{\"sub\":\"canary\",\"exp\":SOON,\"aud\":\"a\",\"iss\":\"i\",\"channels\":[\"foo:1\"]} ~ connect refused: user=\"canary\" code=102 why=\"no channel rule names its namespace \\\"foo\\\"",
                "SIGNATURE ~ connection refused: code=3500 why=\"it is signed with another key",
                "ALGORITHM ~ connection refused: code=3500 why=\"no key is set for the algorithm in its header",
                "MALFORMED ~ connection refused: code=3500 why=\"it is no signed JSON Web Token",
                "LONG ~ connection refused: code=3500 why=\"it has more than 8192 characters\"",
                "'' ~ connect refused: code=101 why=\"the client has neither a token nor a login"
            })
    void a_refused_token_has_one_line(String claims, String line) {
        boolean parties = claims.contains("aud") || claims.contains("iss");
        restartWithTokens(parties ? new String[] {"token.audience", "a", "token.issuer", "i"} : new String[0]);
        String good = token("{\"alg\":\"HS256\"}", placed("{\"sub\":\"canary\",\"exp\":SOON}"));
        String token = switch (claims) {
            case "SIGNATURE" -> good.substring(0, good.length() - 3) + "AAA";
            case "ALGORITHM" -> token("{\"alg\":\"RS256\"}", placed("{\"exp\":SOON}"));
            case "MALFORMED" -> "canary";
            case "LONG" -> "x".repeat(9_000);
            case "''" -> "";
            default -> token("{\"alg\":\"HS256\"}", placed(claims));
        };
        Client client = connect("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        assertThat(warning(client)).startsWith(line);
        assertThat(log.texts()).noneMatch(text -> token.length() > 10 && text.contains(token));
    }

    @Test
    void a_token_for_one_use_is_refused_with_its_setting_the_second_time() {
        restartWithTokens("token.once", "true");
        String token = token("{\"alg\":\"HS256\"}", placed("{\"sub\":\"42\",\"exp\":SOON,\"jti\":\"1\"}"));
        connect("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        assertThat(warning(connect("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}")))
                .startsWith("connection refused: code=3500 why=\"it was used before, and switchboard.token.once=true");
    }

    @Test
    void the_end_of_a_client_whose_token_is_over_is_logged_as_that() {
        restartWithTokens();
        String token = token("{\"alg\":\"HS256\"}", placed("{\"sub\":\"42\",\"exp\":PAST}"));
        Client client = connect("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        client.closed(1000, "");
        await().untilAsserted(() -> assertThat(log.texts("INFO"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("disconnect client=" + client.id())
                        .endsWith(" code=109 reason=\"token expired\"")));
    }

    @Test
    void the_lines_of_a_client_have_its_user_its_channels_and_what_it_was_sent() {
        restartWithTokens();
        String token = token("{\"alg\":\"HS256\"}", placed("{\"sub\":\"42\",\"exp\":SOON,\"channels\":[\"known:a\"]}"));
        Client client = connect(
                "{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}", "{\"id\":2,\"subscribe\":{\"channel\":\"b\"}}");
        client.closed(1001, "away");
        String who = " client=" + client.id()
                + " address=203.0.113.9 user=\"42\" transport=websocket protocol=json channels=";
        await().untilAsserted(() -> assertThat(log.texts("INFO"))
                .contains("connect" + who + "1 channel=\"known:a\"")
                .anySatisfy(line -> assertThat(line)
                        .startsWith("disconnect" + who + "2 channel=\"known:a\" seconds=")
                        .containsPattern(" messages=2 bytes=[1-9]\\d+ code=1001 reason=\"away\"$")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "closed:1 ~ code=3507 why=\"subscribe is \\\"nobody\\\" in the rule of the namespace \\\"closed\\\"",
                "read:1 ~ code=3507 why=\"publish is \\\"nobody\\\" in the rule of the namespace \\\"read\\\"",
                "LONG ~ code=3501 why=\"",
            })
    void a_raw_client_that_is_refused_has_one_line(String channel, String line) {
        ScriptedTransport transport = ScriptedTransport.inline().from(new Peer("203.0.113.9", null));
        Client client = relay.protocols().connectRaw(transport, channel.replace("LONG", "x".repeat(300)), Map.of());
        client.receive(Frame.text("canary"));
        assertThat(warning(client)).startsWith("connection refused: channel=\"").contains(line);
        assertThat(log.texts()).noneMatch(text -> text.contains("canary"));
    }

    @Test
    void a_raw_client_without_the_login_that_it_needs_has_one_line() {
        restartWithTokens();
        ScriptedTransport transport = ScriptedTransport.inline().from(new Peer("203.0.113.9", null));
        assertThat(warning(relay.protocols().connectRaw(transport, "a", Map.of())))
                .startsWith(
                        "connection refused: channel=\"a\" code=3507 why=\"the client has neither a token nor a login");
    }
}
