package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import dev.switchboard.protocol.ServerApi.Answer;
import dev.switchboard.protocol.ServerApi.Rights;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * ApiCommand is one of several calls in a request of the server API.
 *
 * @param id a number that the answer repeats; 0 for none
 * @param method the name of the method, empty if the command has none
 */
record ApiCommand(long id, String method, ApiCall call) {

    /** The largest id that Centrifugo accepts. */
    private static final long MAX_ID = 0xFFFF_FFFFL;

    /**
     * Reads a command with the members id, method and params. If it is malformed, throws a {@link
     * Disconnect}.
     */
    static ApiCommand read(JsonScanner json) {
        long[] id = {0};
        String[] method = {""};
        ApiCall[] call = {ApiCall.EMPTY};
        json.members(name -> {
            switch (name) {
                case "id" -> id[0] = json.takeNull() ? 0 : id(json.number());
                case "method" -> method[0] = json.takeNull() ? "" : json.string();
                case "params" -> {
                    if (!json.takeNull()) {
                        call[0] = ApiCall.read(json);
                    }
                }
                default -> throw Disconnect.badRequest("a command has id, method and params");
            }
        });
        return new ApiCommand(id[0], method[0], call[0]);
    }

    private static long id(String number) {
        if (number.matches("\\d{1,10}") && Long.parseLong(number) <= MAX_ID) {
            return Long.parseLong(number);
        }
        throw Disconnect.badRequest("an id is a whole number from 0 to " + MAX_ID);
    }

    /** Carries out the command. Completes with the answer, in which the id is the first member. */
    CompletionStage<Answer> answer(ApiMethods methods, Rights rights) {
        CompletionStage<Answer> answer = method.isEmpty()
                ? CompletableFuture.completedStage(methods.refusal("api", "", ApiCall.badRequest("method is missing")))
                : methods.answer("result", method, call, rights);
        return id == 0
                ? answer
                : answer.thenApply(
                        plain -> new Answer("{\"id\":" + id + "," + plain.json().substring(1), plain.error()));
    }
}
