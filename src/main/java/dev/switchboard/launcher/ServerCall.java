package dev.switchboard.launcher;

import dev.switchboard.json.JsonText;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One call of the API of a running server. */
final class ServerCall {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String RESULT = "{\"result\":";

    private static final Pattern ERROR = Pattern.compile("\\{\"error\":\\{\"code\":(\\d+),\"message\":\"(.*)\"}}");

    @Parameters(index = "0", paramLabel = "URL", description = "Of the server, such as http://127.0.0.1:8000/")
    private String url = "";

    @Parameters(index = "1", paramLabel = "CHANNEL", description = "Its name.")
    private String channel = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "The server's switchboard.api.key; better given in the environment variable SWITCHBOARD_API_KEY.")
    private @Nullable String key;

    /** Prints the result; {@code members} are those of the parameters beside the channel, each with a comma before it. */
    int run(String method, String members) throws Refusal {
        HttpResponse<String> answer = post(method, "{\"channel\":" + JsonText.quoted(channel) + members + "}");
        String body = answer.body().strip();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (answer.statusCode() == 200 && body.startsWith(RESULT)) {
            out.println(body.substring(RESULT.length(), body.length() - 1));
            return 0;
        }
        Matcher error = ERROR.matcher(body);
        String why = error.matches() ? error.group(1) + " " + error.group(2) : "HTTP " + answer.statusCode();
        if (answer.statusCode() != 200) {
            throw new Refusal("the server at " + url + " answered: " + why);
        }
        System.err.println("switchboard: the server answered: " + why);
        return 1;
    }

    private HttpResponse<String> post(String method, String json) throws Refusal {
        String secret = key == null ? System.getenv("SWITCHBOARD_API_KEY") : key;
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address(method))
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(json));
            if (secret != null && !secret.isEmpty()) {
                if (!secret.matches("[!-~]+")) {
                    throw new Refusal("a key has no spaces and no characters beyond ASCII");
                }
                request.header("X-API-Key", secret);
            }
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build()
                    .send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new Refusal("cannot connect to " + url + ": " + explain(failure));
        } catch (IllegalArgumentException malformed) {
            throw new Refusal("bad URL " + url + ": " + malformed.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Refusal("interrupted");
        }
    }

    private URI address(String method) throws Refusal {
        URI root = URI.create(url.endsWith("/") ? url : url + "/");
        if (!("http".equals(root.getScheme()) || "https".equals(root.getScheme())) || root.getHost() == null) {
            throw new Refusal("bad URL " + url + ": it must look like http://HOST/ or https://HOST/");
        }
        return root.resolve("api/" + method);
    }

    private static String explain(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "unknown host";
            }
        }
        if (failure instanceof ConnectException) {
            return "connection refused";
        }
        return failure instanceof HttpTimeoutException ? "no answer" : String.valueOf(failure);
    }
}
