package dev.switchboard.launcher;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.launcher.connect.BoundedExchange;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Calls one method of the API of a running server, and prints the result. */
final class ServerCall {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String RESULT = "{\"result\":";

    @Parameters(index = "0", paramLabel = "URL", description = "URL of the server, for example http://127.0.0.1:8000/")
    private String url = "";

    @Parameters(index = "1", paramLabel = "CHANNEL", description = "Name of the channel.")
    private String channel = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "The switchboard.api.key of the server. The environment variable SWITCHBOARD_API_KEY is safer.")
    private @Nullable String key;

    @Mixin
    private TlsOptions tls = new TlsOptions();

    /** Returns the parameters of a call, so far with the channel. */
    JsonWriter parameters() {
        return new JsonWriter().string("channel", channel);
    }

    /**
     * Calls the method and prints its result. Returns the exit status.
     *
     * @throws CommandException if there is no connection, or the server refuses the request
     */
    int run(String method, JsonWriter parameters) throws CommandException {
        HttpResponse<String> answer = post(method, parameters.finish());
        String body = answer.body().strip();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (answer.statusCode() == 200 && body.startsWith(RESULT)) {
            // JsonObject refuses a result with data of 64 levels
            out.println(TerminalText.escaped(body.substring(RESULT.length(), body.length() - 1)));
            return 0;
        }
        String error = error(body);
        String why = error == null ? "HTTP " + answer.statusCode() : error;
        if (answer.statusCode() != 200) {
            throw new CommandException("the server at " + url + " answered: " + why);
        }
        System.err.println("switchboard: the server answered: " + why);
        return 1;
    }

    /** Returns the code and the message of the error in the body, or null if there is none. */
    private static @Nullable String error(String body) {
        try {
            JsonObject error = JsonObject.of(body).object("error");
            return error == null || !error.has("code")
                    ? null
                    : error.number("code") + " " + TerminalText.escaped(error.text("message"));
        } catch (IllegalArgumentException foreign) {
            return null;
        }
    }

    private HttpResponse<String> post(String method, String json) throws CommandException {
        ChannelUrl.demandNoUser(url);
        String secret = key == null ? System.getenv("SWITCHBOARD_API_KEY") : key;
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address(method))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(json));
            if (secret != null && !secret.isEmpty()) {
                if (!secret.matches("[!-~]+")) {
                    throw new CommandException("the key must have only ASCII characters and no spaces");
                }
                request.header("X-API-Key", secret);
            }
            return BoundedExchange.send(tls.certificates().client(PATIENCE), request.build(), PATIENCE);
        } catch (IOException failure) {
            throw new CommandException(
                    "cannot connect to " + url + ": " + TerminalText.escaped(ConnectFailure.words(failure)));
        } catch (IllegalArgumentException malformed) {
            throw new CommandException("bad URL " + url + ": " + malformed.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted");
        }
    }

    private URI address(String method) throws CommandException {
        URI root = URI.create(url.endsWith("/") ? url : url + "/");
        if (!("http".equals(root.getScheme()) || "https".equals(root.getScheme())) || root.getHost() == null) {
            throw new CommandException("bad URL " + url + ": it must look like http://HOST/ or https://HOST/");
        }
        return root.resolve("api/" + method);
    }
}
