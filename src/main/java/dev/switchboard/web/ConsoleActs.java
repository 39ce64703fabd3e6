package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.Relay;
import dev.switchboard.console.Audit;
import dev.switchboard.console.Audit.Whom;
import dev.switchboard.console.Operator;
import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.protocol.ServerApi.Answer;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** Carries out what one operator does, and writes each act into the audit log. */
final class ConsoleActs {

    private static final String DRAIN = "drain";
    private static final String REVOKE = "revoke";

    /** All but the drain are methods of the server API. */
    private static final Set<String> ACTS =
            Set.of("publish", "unsubscribe", "disconnect", "block", "unblock", REVOKE, DRAIN);

    private static final String RESULT = "{\"result\":";

    /** A whole token, which has no place in a log. */
    private static final Pattern TOKEN = Pattern.compile("[^.]*\\.[^.]*\\..*");

    private static final HttpError WHOLE_TOKEN =
            new HttpError(400, 400, "token is the id of a token, its jti, and not the token itself.");
    private static final HttpError BAD_MEMBER = new HttpError(400, 400, "channel, client, user and token are strings.");

    private final Relay relay;
    private final Operator operator;

    ConsoleActs(Relay relay, Operator operator) {
        this.relay = relay;
        this.operator = operator;
    }

    static boolean knows(String act) {
        return ACTS.contains(act);
    }

    /** Writes a login into the audit log. */
    static void loggedIn(Operator operator) {
        Audit.write(operator, "login", Whom.NOTHING, Audit.DONE);
    }

    static HttpError error(ClientError error) {
        int status = Api.status(error);
        String why = error.why().text();
        return new HttpError(status, status, sentence(why.isEmpty() ? error.text() : why), null, error.why());
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }

    /** Answers as the method of the server API does. */
    void explain(JsonObject body, AsyncResponse answer) {
        call("explain", source(body), answer, given -> {
            ClientError error = given.error();
            if (error == null) {
                String json = given.json();
                send(json.substring(RESULT.length(), json.length() - 1), answer);
            } else {
                answer.send(error(error));
            }
        });
    }

    /** Does what {@link #knows} says. Then writes it into the audit log, and answers. */
    void act(String act, JsonObject body, AsyncResponse answer) {
        Whom whom;
        try {
            whom = new Whom(body.text("channel"), body.text("client"), body.text("user"), body.text("token"));
        } catch (IllegalArgumentException wrong) {
            answer.send(BAD_MEMBER);
            return;
        }
        if (TOKEN.matcher(whom.token()).matches()) {
            answer.send(WHOLE_TOKEN);
        } else if (act.equals(DRAIN)) {
            CompletionStage<?> unused = relay.drain();
            done(act, whom, Audit.DONE, () -> send("{}", answer));
        } else {
            call(act, parameters(act, body), answer, given -> {
                ClientError error = given.error();
                if (error == null) {
                    done(act, whom, Audit.DONE, () -> send("{}", answer));
                } else {
                    done(act, whom, error.code() + " " + error.text(), () -> answer.send(error(error)));
                }
            });
        }
    }

    /** Revokes the tokens of a user that were issued until now, which the server API needs to be told. */
    private static String parameters(String act, JsonObject body) {
        return act.equals(REVOKE) && body.has("user") && !body.has("issued_before")
                ? new JsonWriter()
                        .string("user", body.text("user"))
                        .number("issued_before", Instant.now().getEpochSecond() + 1)
                        .finish()
                : source(body);
    }

    private static String source(JsonObject body) {
        JsonWriter json = new JsonWriter();
        body.names().forEach(name -> json.entryJson(name, String.valueOf(body.source(name))));
        return json.finish();
    }

    private interface Reply {
        void accept(Answer answer);
    }

    private void call(String method, String json, AsyncResponse answer, Reply reply) {
        try {
            CompletionStage<?> unused =
                    relay.api().call(method, json, (name, channel) -> true).thenAccept(reply::accept);
        } catch (Disconnect malformed) {
            answer.send(new HttpError(HttpServletResponse.SC_BAD_REQUEST, 400, sentence(malformed.reason())));
        }
    }

    /** Writes the line first, so that an operator who has an answer has a line. The log may block. */
    private void done(String act, Whom whom, String outcome, Runnable answer) {
        relay.background().execute(() -> {
            Audit.write(operator, act, whom, outcome);
            answer.run();
        });
    }

    private static void send(String json, AsyncResponse answer) {
        answer.sendJson(HttpServletResponse.SC_OK, json.getBytes(UTF_8));
    }
}
