package dev.switchboard.hub;

import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.Application;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** An application that answers when a test says so, and records its calls. */
public final class ScriptedApplication implements Application {

    private final List<String> heard = new ArrayList<>();
    private final List<CompletableFuture<@Nullable Object>> open = new ArrayList<>();
    private boolean renewing;
    private @Nullable ConnectRequest introduction;
    private @Nullable Caller caller;

    /** Returns the calls so far. */
    public List<String> heard() {
        return List.copyOf(heard);
    }

    /** Returns the request of the last client that connected. */
    public ConnectRequest introduction() {
        return Objects.requireNonNull(introduction);
    }

    /** Returns the client of the last question. */
    public Caller caller() {
        return Objects.requireNonNull(caller);
    }

    /** Answers the oldest question that is open. */
    public void answer(@Nullable Object answer) {
        open.remove(0).complete(answer);
    }

    /** Refuses the oldest question that is open. */
    public void refuse(RuntimeException refusal) {
        open.remove(0).completeExceptionally(refusal);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the test answers what fits the question
    private <T> CompletionStage<T> asked(Caller asking, String question) {
        caller = asking;
        heard.add(question);
        CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
        open.add(answer);
        return (CompletionStage<T>) (CompletionStage<?>) answer;
    }

    private static String text(@Nullable Payload data) {
        return data == null ? "" : " " + ScriptedTransport.text(data.frame());
    }

    @Override
    public CompletionStage<ConnectGrant> connect(Caller caller, ConnectRequest words) {
        introduction = words;
        return asked(caller, "connect " + caller.protocol() + text(words.data()));
    }

    @Override
    public CompletionStage<SubscribeGrant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return asked(caller, "subscribe " + caller.user() + " " + channel + text(data));
    }

    @Override
    public CompletionStage<PublishGrant> publish(Caller caller, String channel, Payload data) {
        CompletionStage<Object> answer = asked(caller, "publish " + channel + text(data));
        return answer.thenApply(agreed -> agreed instanceof PublishGrant all ? all : PublishGrant.to((Payload) agreed));
    }

    @Override
    public CompletionStage<@Nullable Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return asked(caller, "rpc " + method + text(data));
    }

    /** Renews connections and subscriptions from now on. */
    public ScriptedApplication renewing() {
        renewing = true;
        return this;
    }

    @Override
    public List<String> headers() {
        return List.of("X-Team");
    }

    @Override
    public boolean renewsConnections() {
        return renewing;
    }

    @Override
    public boolean renewsSubscriptions() {
        return renewing;
    }

    @Override
    public CompletionStage<RefreshGrant> refresh(Caller caller) {
        return asked(caller, "refresh " + caller.user() + " " + caller.meta());
    }

    @Override
    public CompletionStage<RefreshGrant> refresh(Caller caller, String channel) {
        return asked(caller, "refresh " + caller.user() + " " + channel);
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
