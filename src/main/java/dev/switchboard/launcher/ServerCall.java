package dev.switchboard.launcher;

import dev.switchboard.json.JsonWriter;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Calls one method of the API of a running server, and prints the result. */
final class ServerCall {

    private static final String RESULT = "{\"result\":";

    @Mixin
    private ServerAddress server = new ServerAddress();

    @Parameters(index = "1", paramLabel = "CHANNEL", description = "Name of the channel.")
    private String channel = "";

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
        HttpResponse<String> answer = server.send(server.request("api/" + method)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(parameters.finish())));
        String body = answer.body().strip();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (answer.statusCode() == 200 && body.startsWith(RESULT)) {
            // JsonObject refuses a result with data of 64 levels
            out.println(TerminalText.escaped(body.substring(RESULT.length(), body.length() - 1)));
            return 0;
        }
        if (answer.statusCode() != 200) {
            throw server.refusal(answer.statusCode(), body);
        }
        System.err.println("switchboard: the server answered: " + ServerAddress.why(answer.statusCode(), body));
        return 1;
    }
}
