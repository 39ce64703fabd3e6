package dev.switchboard.hub;

import dev.switchboard.hub.Application.Caller;
import dev.switchboard.hub.Application.Introduction;
import dev.switchboard.hub.Backend.Manner;
import dev.switchboard.hub.ChannelOptions.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the access policy, and after it the application, say to what somebody wants. */
final class Consent {

    private final AccessPolicy access;
    private final Application application;

    Consent(AccessPolicy access, Application application) {
        this.access = access;
        this.application = application;
    }

    /** Completes with the identity by the policy, or by the application if the policy knows nothing. */
    CompletionStage<Welcome> connect(Caller caller, @Nullable Identity login, String token, Introduction words) {
        CompletionStage<Welcome> answer = access.isStranger(login, token) ? application.connect(caller, words) : null;
        return answer == null ? access.identify(login, token).thenApply(this::welcome) : answer;
    }

    /** Where the application renews connections, their clients need not. */
    private Welcome welcome(Identity who) {
        return application.renewsConnections() ? Welcome.once(who, null) : Welcome.renewable(who);
    }

    /** Whether it may be in the channel; the application has the last word about whoever brings no token of its. */
    CompletionStage<Grant> subscribe(
            Caller caller, Identity who, String channel, String token, @Nullable Payload data) {
        return access.admit(who, caller.client(), channel, token)
                .thenCompose(grant -> token.isEmpty() && asks(Question.SUBSCRIBE, channel)
                        ? application.subscribe(caller, channel, data)
                        : CompletableFuture.completedStage(grant));
    }

    /** Those of the channels in which the client may be without a token and without asking the application. */
    CompletionStage<List<String>> open(String client, Identity who, Set<String> channels) {
        CompletionStage<List<String>> open = CompletableFuture.completedStage(new ArrayList<>());
        for (String channel : channels) {
            if (!asks(Question.SUBSCRIBE, channel)) {
                CompletionStage<Boolean> admitted =
                        access.admit(who, client, channel, "").handle((grant, refused) -> refused == null);
                open = open.thenCombine(admitted, (others, may) -> {
                    if (may) {
                        others.add(channel);
                    }
                    return others;
                });
            }
        }
        return open;
    }

    /** Whether {@link #publish} asks somebody. */
    boolean isNeededToPublish(String channel) {
        return asks(Question.PUBLISH, channel);
    }

    /** A publication that may go out, and how. */
    record Approved(Publication publication, Manner manner) {}

    /** The publication as it is to be, of one whom the policy allows it. */
    CompletionStage<Approved> publish(Caller caller, String channel, Publication publication) {
        return isNeededToPublish(channel)
                ? application
                        .publish(caller, channel, publication.data())
                        .thenApply(agreed -> new Approved(publication.with(agreed), agreed.manner()))
                : CompletableFuture.completedStage(new Approved(publication, Manner.PLAIN));
    }

    private boolean asks(Question question, String channel) {
        return access.options(channel).questions().contains(question);
    }
}
