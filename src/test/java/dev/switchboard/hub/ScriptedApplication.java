package dev.switchboard.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** An application that answers when a test says so, and writes down what it hears. */
public final class ScriptedApplication implements Application {

    private final List<String> heard = new ArrayList<>();
    private final List<CompletableFuture<Object>> open = new ArrayList<>();

    /** What it was asked and told so far. */
    public List<String> heard() {
        return List.copyOf(heard);
    }

    /** Answers the oldest question that is open. */
    public void answer(Object answer) {
        open.remove(0).complete(answer);
    }

    /** Refuses the oldest question that is open. */
    public void refuse(RuntimeException refusal) {
        open.remove(0).completeExceptionally(refusal);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the test answers what fits the question
    private <T> CompletionStage<T> asked(String question) {
        heard.add(question);
        CompletableFuture<Object> answer = new CompletableFuture<>();
        open.add(answer);
        return (CompletionStage<T>) (CompletionStage<?>) answer;
    }

    private static String text(@Nullable Payload data) {
        return data == null ? "" : " " + ScriptedTransport.text(data.frame());
    }

    @Override
    public CompletionStage<Welcome> connect(Caller caller, @Nullable Payload data) {
        return asked("connect " + caller.protocol() + text(data));
    }

    @Override
    public CompletionStage<Grant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return asked("subscribe " + caller.user() + " " + channel + text(data));
    }

    @Override
    public CompletionStage<Payload> publish(Caller caller, String channel, Payload data) {
        return asked("publish " + channel + text(data));
    }

    @Override
    public CompletionStage<Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return asked("rpc " + method + text(data));
    }

    @Override
    public void disconnected(Caller caller, int code, String reason) {
        heard.add("disconnected " + caller.user() + " " + code + " " + reason);
    }

    @Override
    public void occupied(String channel) {
        heard.add("occupied " + channel);
    }

    @Override
    public void vacated(String channel) {
        heard.add("vacated " + channel);
    }
}
