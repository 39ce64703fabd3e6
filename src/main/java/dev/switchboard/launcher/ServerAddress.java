package dev.switchboard.launcher;

import dev.switchboard.json.JsonObject;
import dev.switchboard.launcher.connect.BoundedExchange;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Holds the address of a running server and the key for it, and sends requests there. */
final class ServerAddress {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Parameters(index = "0", paramLabel = "URL", description = "URL of the server, for example http://127.0.0.1:8000/")
    private String url = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "The switchboard.api.key of the server. The environment variable SWITCHBOARD_API_KEY is safer.")
    private @Nullable String key;

    @Mixin
    private TlsOptions tls = new TlsOptions();

    /** Has the values that the command line gives. */
    ServerAddress() {}

    ServerAddress(String url, @Nullable String key, TlsOptions tls) {
        this.url = url;
        this.key = key;
        this.tls = tls;
    }

    /**
     * Returns a request with the key; {@code path} is below the root of the server.
     *
     * @throws CommandException if the URL or the key is malformed
     */
    HttpRequest.Builder request(String path) throws CommandException {
        ChannelUrl.demandNoUser(url);
        String secret = key == null ? System.getenv("SWITCHBOARD_API_KEY") : key;
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(root().resolve(path));
        } catch (IllegalArgumentException malformed) {
            throw new CommandException("bad URL " + url + ": " + malformed.getMessage());
        }
        if (secret != null && !secret.isEmpty()) {
            if (!secret.matches("[!-~]+")) {
                throw new CommandException("the key must have only ASCII characters and no spaces");
            }
            request.header("X-API-Key", secret);
        }
        return request;
    }

    private URI root() throws CommandException {
        URI root = URI.create(url.endsWith("/") ? url : url + "/");
        if (!("http".equals(root.getScheme()) || "https".equals(root.getScheme())) || root.getHost() == null) {
            throw new CommandException("bad URL " + url + ": it must look like http://HOST/ or https://HOST/");
        }
        return root;
    }

    HttpClient client() {
        return tls.certificates().client(PATIENCE);
    }

    /**
     * Returns the whole answer.
     *
     * @throws CommandException if there is no connection or no answer in time
     */
    HttpResponse<String> send(HttpRequest.Builder request) throws CommandException {
        try {
            return BoundedExchange.send(client(), request.build(), PATIENCE);
        } catch (IOException failure) {
            throw unreachable(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted");
        }
    }

    CommandException unreachable(IOException failure) {
        return new CommandException(
                "cannot connect to " + url + ": " + TerminalText.escaped(ConnectFailure.words(failure)));
    }

    /** Returns what to throw for an answer that is a refusal. */
    CommandException refusal(int status, String body) {
        return new CommandException("the server at " + url + " answered: " + why(status, body));
    }

    /** Returns the code and the message of the error in the body, or the status. */
    static String why(int status, String body) {
        try {
            JsonObject error = JsonObject.of(body.strip()).object("error");
            if (error != null && error.has("code")) {
                return error.number("code") + " " + TerminalText.escaped(error.text("message"));
            }
        } catch (IllegalArgumentException foreign) {
            // not an answer of the relay
        }
        return "HTTP " + status;
    }
}
