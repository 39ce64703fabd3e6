package dev.switchboard.protocol;

import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the application behind the relay asks of it over HTTP: reads calls, has them done and answers, all in JSON (protocol section 18).
 *
 * <p>Any thread; nothing blocks.
 */
public final class ServerApi {

    /** What a caller may do. */
    public interface Rights {

        /** {@code channel} is null for what is not about one. */
        boolean allow(String method, @Nullable String channel);
    }

    /**
     * What one node says of itself.
     *
     * @param uid another one after each start
     */
    public record NodeInfo(
            String uid, String name, int clients, int users, int subscriptions, int channels, Duration uptime) {}

    /**
     * The answer to a request.
     *
     * @param json the whole answer
     * @param error null if the call was done; also for an answer to several calls, each of which says it
     */
    public record Answer(String json, @Nullable ClientError error) {

        private static Answer done(String json) {
            return new Answer(json, null);
        }
    }

    /** The method that is several. */
    private static final String BATCH = "batch";

    /** Maximum commands of one request. */
    private static final int MAX_COMMANDS = 1_000;

    private final ApiMethods methods;

    /**
     * Takes the longest life of a token, the maximum bytes of a publication, and in {@code journal} the
     * thread that writes the log.
     */
    public ServerApi(
            ServerOperations backend,
            Supplier<NodeInfo> node,
            InstantSource clock,
            Duration tokenLife,
            int messageBytes,
            Executor journal) {
        methods = new ApiMethods(backend, node, clock, tokenLife, messageBytes, new ApiLog(journal));
    }

    /** What there is to call, but for {@code batch}. */
    public static Set<String> methods() {
        return ApiMethods.BY_NAME.keySet();
    }

    public static boolean knows(String method) {
        return methods().contains(method) || method.equals(BATCH);
    }

    /** Returns the error as JSON, without anything around it. */
    public static String error(ClientError error) {
        return ApiResults.error(error);
    }

    /**
     * The answer to a method that is known, which may be that it was refused; the stage does not fail.
     *
     * @throws Disconnect if the text is malformed; nothing was done
     */
    public CompletionStage<Answer> call(String method, String json, Rights rights) {
        if (method.equals(BATCH)) {
            return batch(JsonInput.read(json, Batch::read), rights);
        }
        return methods.answer("result", method, JsonInput.read(json, ApiCall::read), rights);
    }

    private record Command(String method, ApiCall call) {}

    /** The commands of one request; each element should hold one. */
    private record Batch(List<List<Command>> commands, boolean parallel) {

        static Batch read(JsonScanner json) {
            List<List<Command>> commands = new ArrayList<>();
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

        /** Reads the commands of one element, without those that are null. */
        private static List<Command> element(JsonScanner json) {
            List<Command> commands = new ArrayList<>();
            json.members(method -> {
                if (!json.takeNull()) {
                    commands.add(new Command(method, ApiCall.read(json)));
                }
            });
            return commands;
        }
    }

    private CompletionStage<Answer> batch(Batch batch, Rights rights) {
        Function<List<Command>, CompletionStage<Answer>> reply = command -> reply(command, rights);
        List<CompletionStage<Answer>> replies =
                batch.parallel ? batch.commands.stream().map(reply).toList() : inTurn(batch.commands, reply);
        return ApiMethods.all(replies)
                .thenApply(texts -> Answer.done("{\"replies\":[" + String.join(",", texts) + "]}"));
    }

    /** Begins each command when the one before it is done. */
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

    private static List<ApiLine> lines(JsonScanner json) {
        List<ApiLine> lines = new ArrayList<>();
        do {
            lines.add(ApiLine.read(json));
            if (lines.size() > MAX_COMMANDS) {
                throw Disconnect.badRequest("a request has up to " + MAX_COMMANDS + " commands");
            }
        } while (!json.isBlank());
        return lines;
    }

    private CompletionStage<Answer> reply(List<Command> commands, Rights rights) {
        if (commands.size() != 1) {
            return methods.answer("", BATCH, "", () -> {
                throw ApiCall.bad("a command has the name of one method");
            });
        }
        Command command = commands.get(0);
        return methods.answer(command.method, command.method, command.call, rights);
    }

    /**
     * Returns an answer for each command of a text: objects with {@code method} and {@code params},
     * one after another, as Centrifugo took them before it had a path for each method.
     *
     * @throws Disconnect if the text is malformed or empty; nothing was done
     */
    public CompletionStage<Answer> lines(String text, Rights rights) {
        List<ApiLine> lines = JsonInput.read(text, ServerApi::lines);
        return ApiMethods.all(inTurn(lines, line -> line.answer(methods, rights)))
                .thenApply(texts -> Answer.done(String.join("\n", texts)));
    }
}
