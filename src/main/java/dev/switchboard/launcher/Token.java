package dev.switchboard.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.json.JsonText;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a token as the application would (RFC 7519, signed with HS256), or checks one as a server would. */
@Command(
        name = "token",
        description =
                "Prints a connection token, or with --channel a subscription token; with --check says whether a server"
                        + " would take a token. No server is asked.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done; with --check the token is valid",
            "1:the token is refused, and the reason is printed",
            "2:no secret, a bad option or a bad setting"
        })
final class Token implements Callable<Integer> {

    private static final Pattern TIME = Pattern.compile("([1-9]\\d{0,8})([smhd])");

    private static final int SECRET_BYTES = 32;

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "Whom it is for; empty for nobody known. Needed to make a token.")
    private @Nullable String user;

    @Option(
            names = "--check",
            paramLabel = "TOKEN",
            description = "Checks this token by the settings of this process, which are those of a server: environment"
                    + " variables, and -D before -jar. Of the other options --secret, --audience and --issuer count.")
    private @Nullable String check;

    @Option(names = "--channel", paramLabel = "CHANNEL", description = "The channel it lets into.")
    private @Nullable String channel;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "For how long: ${DEFAULT-VALUE} unless given, such as 30s, 5m, 1h or 1d.")
    private String ttl = "";

    @Option(names = "--info", paramLabel = "JSON", description = "What others may see.")
    private @Nullable String info;

    @Option(names = "--id", paramLabel = "JTI", description = "Its own name, by which it can be revoked.")
    private @Nullable String id;

    @Option(names = "--audience", paramLabel = "AUD", description = "The server's switchboard.token.audience.")
    private @Nullable String audience;

    @Option(names = "--issuer", paramLabel = "ISS", description = "The server's switchboard.token.issuer.")
    private @Nullable String issuer;

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description =
                    "The server's switchboard.token.secret; better given in the environment variable SWITCHBOARD_TOKEN_SECRET.")
    private @Nullable String secret;

    @Override
    public Integer call() throws Exception {
        if (check != null) {
            return check(check);
        }
        if (user == null) {
            throw new Refusal("Missing required option: '--user=USER'");
        }
        System.out.println(token(user));
        return 0;
    }

    private int check(String token) throws Exception {
        if (token.isEmpty()) {
            throw new Refusal("--check needs a token");
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

    private String token(String subject) throws Refusal, GeneralSecurityException {
        if (info != null && !JsonText.isValue(info)) {
            throw new Refusal("--info is no JSON");
        }
        byte[] key = secret().getBytes(UTF_8);
        if (key.length < SECRET_BYTES) {
            System.err.println(
                    "switchboard: the secret is short; a server takes it with switchboard.token.secret.short=true alone");
        }
        Instant now = Instant.now();
        StringBuilder claims = new StringBuilder("{\"sub\":" + JsonText.quoted(subject));
        claim(claims, "channel", channel);
        claim(claims, "aud", audience);
        claim(claims, "iss", issuer);
        claim(claims, "jti", id);
        if (info != null) {
            claims.append(",\"info\":").append(info);
        }
        claims.append(",\"iat\":").append(now.getEpochSecond());
        claims.append(",\"exp\":").append(now.plus(time()).getEpochSecond()).append('}');

        String signed = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "."
                + encoded(claims.toString().getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return signed + "." + encoded(mac.doFinal(signed.getBytes(UTF_8)));
    }

    private String secret() throws Refusal {
        String given = secret == null ? System.getenv("SWITCHBOARD_TOKEN_SECRET") : secret;
        if (given == null || given.isEmpty()) {
            throw new Refusal("a secret is needed, in --secret or the environment variable SWITCHBOARD_TOKEN_SECRET");
        }
        return given;
    }

    private Duration time() throws Refusal {
        Matcher time = TIME.matcher(ttl);
        if (!time.matches()) {
            throw new Refusal("--ttl is a time such as 30s, 5m, 1h or 1d");
        }
        long count = Long.parseLong(time.group(1));
        return switch (time.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static void claim(StringBuilder claims, String name, @Nullable String value) {
        if (value != null) {
            claims.append(",\"").append(name).append("\":").append(JsonText.quoted(value));
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
