package dev.switchboard.protocol;

import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.limits.Calls;
import dev.switchboard.limits.EventLog;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.NodeInfo;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * ServerApi carries out the calls of the application, which come over HTTP in JSON (protocol
 * section 18). Any thread may call it. No method blocks.
 */
public final class ServerApi {

    /** Rights is what the key of a caller allows. */
    public interface Rights {

        /**
         * Returns true if the caller may use the method. The channel is null for a method without
         * one.
         */
        boolean allow(String method, @Nullable String channel);
    }

    /**
     * Answer is the answer to a request.
     *
     * @param json the body of the answer
     * @param error null if the call succeeded. Null too for several calls, each of which has its
     *     own error in the body
     */
    public record Answer(String json, @Nullable ClientError error) {

        private static Answer done(String json) {
            return new Answer(json, null);
        }
    }

    /** The method that holds several calls. */
    private static final String BATCH = "batch";

    /** Maximum commands of one request. */
    private static final int MAX_COMMANDS = 1_000;

    private final ApiMethods methods;

    /**
     * Takes the state of each node, the maximum life of a token, the maximum bytes of a publication,
     * what counts the calls, and the log.
     */
    public ServerApi(
            ServerOperations backend,
            Supplier<List<NodeInfo>> nodes,
            InstantSource clock,
            Duration tokenLife,
            int messageBytes,
            Calls calls,
            EventLog events) {
        methods = new ApiMethods(backend, nodes, clock, tokenLife, messageBytes, calls, new ApiLog(events));
    }

    /** Returns the names of all methods, except {@code batch}. */
    public static Set<String> methods() {
        return ApiMethods.BY_NAME.keySet();
    }

    /** Returns true if there is such a method, or if it is {@code batch}. */
    public static boolean knows(String method) {
        return methods().contains(method) || method.equals(BATCH);
    }

    /** Returns the error as a JSON object. */
    public static String error(ClientError error) {
        return ApiResults.error(error);
    }

    /**
     * Calls a method that {@link #knows}. The stage completes with the answer, which may be an
     * error. It never fails.
     *
     * @throws Disconnect if the text is malformed; then the call has no effect
     */
    public CompletionStage<Answer> call(String method, String json, Rights rights) {
        if (method.equals(BATCH)) {
            return batch(JsonInput.read(json, Batch::read), rights);
        }
        return methods.answer("result", method, JsonInput.read(json, ApiCall::read), rights);
    }

    /** Batch is the commands of one request. Each inner list should hold one command. */
    private record Batch(List<List<ApiCommand>> commands, boolean parallel) {

        static Batch read(JsonScanner json) {
            List<List<ApiCommand>> commands = new ArrayList<>();
            boolean[] parallel = {false};
            json.members(name -> {
                switch (name) {
                    case "commands" -> {
                        if (!json.takeNull()) {
                            json.elements(() -> commands.add(element(json)));
                        }
                    }
                    case "parallel" -> parallel[0] = !json.takeNull() && json.bool();
                    default -> throw Disconnect.badRequest("a batch has commands and parallel");
                }
            });
            if (commands.size() > MAX_COMMANDS) {
                throw Disconnect.badRequest("a batch has up to " + MAX_COMMANDS + " commands");
            }
            return new Batch(commands, parallel[0]);
        }

        /**
         * Reads the members of one element, each of which is a command. Skips members that are
         * null.
         */
        private static List<ApiCommand> element(JsonScanner json) {
            List<ApiCommand> commands = new ArrayList<>();
            json.members(method -> {
                if (!json.takeNull()) {
                    commands.add(new ApiCommand(0, method, ApiCall.read(json)));
                }
            });
            return commands;
        }
    }

    private CompletionStage<Answer> batch(Batch batch, Rights rights) {
        Function<List<ApiCommand>, CompletionStage<Answer>> reply = command -> reply(command, rights);
        List<CompletionStage<Answer>> replies =
                batch.parallel ? batch.commands.stream().map(reply).toList() : inTurn(batch.commands, reply);
        return ApiMethods.all(replies)
                .thenApply(texts -> Answer.done("{\"replies\":[" + String.join(",", texts) + "]}"));
    }

    /** Begins each command when the command before it is complete. */
    private static <C> List<CompletionStage<Answer>> inTurn(
            List<C> commands, Function<C, CompletionStage<Answer>> reply) {
        CompletionStage<?> last = CompletableFuture.completedStage(null);
        List<CompletionStage<Answer>> replies = new ArrayList<>();
        for (C command : commands) {
            CompletionStage<Answer> next = last.thenCompose(before -> reply.apply(command));
            replies.add(next);
            last = next;
        }
        return replies;
    }

    private static List<ApiCommand> lines(JsonScanner json) {
        List<ApiCommand> lines = new ArrayList<>();
        do {
            lines.add(ApiCommand.read(json));
            if (lines.size() > MAX_COMMANDS) {
                throw Disconnect.badRequest("a request has up to " + MAX_COMMANDS + " commands");
            }
        } while (!json.isBlank());
        return lines;
    }

    private CompletionStage<Answer> reply(List<ApiCommand> commands, Rights rights) {
        if (commands.size() != 1) {
            ClientError error = ApiCall.badRequest("a command has the name of one method");
            return CompletableFuture.completedStage(methods.refusal(BATCH, "", error));
        }
        ApiCommand command = commands.get(0);
        return methods.answer(command.method(), command.method(), command.call(), rights);
    }

    /**
     * Carries out the commands of a text one after another. Each is an object with {@code method}
     * and {@code params}, as old versions of Centrifugo accept them. Completes with a line for each
     * answer.
     *
     * @throws Disconnect if the text is malformed or empty; then the call has no effect
     */
    public CompletionStage<Answer> lines(String text, Rights rights) {
        List<ApiCommand> lines = JsonInput.read(text, ServerApi::lines);
        return ApiMethods.all(inTurn(lines, line -> line.answer(methods, rights)))
                .thenApply(texts -> Answer.done(String.join("\n", texts)));
    }
}
