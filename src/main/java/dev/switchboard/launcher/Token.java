package dev.switchboard.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.json.JsonText;
import dev.switchboard.json.JsonWriter;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.Callable;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Makes a token as an application does (RFC 7519, signed with HS256), or checks a token as a server
 * does.
 */
@Command(
        name = "token",
        description =
                "Prints a connection token, or with --channel a subscription token. With --check, it prints whether a"
                        + " server would accept a token. It calls no server.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done; with --check the token is valid",
            "1:the token is refused; the reason is printed",
            "2:no secret, a bad option or a bad setting"
        })
final class Token implements Callable<Integer> {

    /** The default of {@code switchboard.token.lifetime}. */
    private static final Duration LIFETIME = Duration.ofHours(24);

    private static final int SECRET_BYTES = 32;

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "User of the token, empty for an anonymous user. Required to make a token.")
    private @Nullable String user;

    @Option(
            names = "--check",
            paramLabel = "TOKEN",
            description =
                    "Checks this token with the settings of this process: environment variables, -D before -jar, and"
                            + " --config and --set before the command. Of the other options, only --secret, --audience and --issuer count.")
    private @Nullable String check;

    @Option(names = "--channel", paramLabel = "CHANNEL", description = "Channel of a subscription token.")
    private @Nullable String channel;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "Time until the token expires, such as 30s, 5m, 1h or 1d. Default: ${DEFAULT-VALUE}.")
    private String ttl = "";

    @Option(
            names = "--info",
            paramLabel = "JSON",
            description = "Information about the user, which other clients may read.")
    private @Nullable String info;

    @Option(names = "--id", paramLabel = "JTI", description = "Id of the token, by which it can be revoked.")
    private @Nullable String id;

    @Option(names = "--audience", paramLabel = "AUD", description = "The switchboard.token.audience of the server.")
    private @Nullable String audience;

    @Option(names = "--issuer", paramLabel = "ISS", description = "The switchboard.token.issuer of the server.")
    private @Nullable String issuer;

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description = "The switchboard.token.secret of the server. The environment variable"
                    + " SWITCHBOARD_TOKEN_SECRET is safer.")
    private @Nullable String secret;

    @Override
    public Integer call() throws Exception {
        if (check != null) {
            return check(check);
        }
        if (user == null) {
            throw new CommandException("Missing required option: '--user=USER'");
        }
        System.out.println(token(user));
        return 0;
    }

    private int check(String token) throws Exception {
        if (token.isEmpty()) {
            throw new CommandException("--check needs a token");
        }
        setting("switchboard.token.secret", secret);
        setting("switchboard.token.audience", audience);
        setting("switchboard.token.issuer", issuer);
        return Check.check(token);
    }

    private static void setting(String name, @Nullable String value) {
        if (value != null) {
            System.setProperty(name, value);
        }
    }

    private String token(String subject) throws CommandException, GeneralSecurityException {
        if (info != null && !JsonText.isValue(info)) {
            throw new CommandException("--info must be one JSON value");
        }
        byte[] key = secret().getBytes(UTF_8);
        if (key.length < SECRET_BYTES) {
            System.err.println(
                    "switchboard: the secret is short; a server accepts it only with switchboard.token.secret.short=true");
        }
        Duration time = TimeOption.parse("--ttl", ttl);
        if (time.compareTo(LIFETIME) > 0) {
            System.err.println("switchboard: the token is valid for longer than a server accepts by default;"
                    + " it needs switchboard.token.lifetime=" + hours(time) + "h");
        }
        Instant now = Instant.now();
        String header =
                new JsonWriter().string("alg", "HS256").string("typ", "JWT").finish();
        String claims = new JsonWriter()
                .string("sub", subject)
                .json("channel", quoted(channel))
                .json("aud", quoted(audience))
                .json("iss", quoted(issuer))
                .json("jti", quoted(id))
                .json("info", info)
                .number("iat", now.getEpochSecond())
                .number("exp", now.plus(time).getEpochSecond())
                .finish();
        String signed = encoded(header.getBytes(UTF_8)) + "." + encoded(claims.getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return signed + "." + encoded(mac.doFinal(signed.getBytes(UTF_8)));
    }

    private String secret() throws CommandException {
        String given = secret == null ? System.getenv("SWITCHBOARD_TOKEN_SECRET") : secret;
        if (given == null || given.isEmpty()) {
            throw new CommandException("no secret; set --secret or the environment variable SWITCHBOARD_TOKEN_SECRET");
        }
        return given;
    }

    /** Returns the hours, rounded up. */
    private static long hours(Duration time) {
        return time.plusHours(1).minusNanos(1).toHours();
    }

    private static @Nullable String quoted(@Nullable String value) {
        return value == null ? null : JsonText.quoted(value);
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
