package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Application.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Authorizer asks the access policy, and then the application, what a client may do. Any thread.
 */
final class Authorizer {

    private final AccessPolicy access;
    private final Application application;

    Authorizer(AccessPolicy access, Application application) {
        this.access = access;
        this.application = application;
    }

    /**
     * Completes with the identity of the client. If there is neither a login nor a token, the
     * application says the identity, or the policy if the application is not asked.
     */
    CompletionStage<ConnectGrant> connect(
            Caller caller, @Nullable Identity login, String token, ConnectRequest request) {
        CompletionStage<ConnectGrant> answer =
                access.isStranger(login, token) ? application.connect(caller, request) : null;
        return answer == null ? access.identify(login, token).thenApply(this::granted) : answer;
    }

    /** If the application renews connections, the client need not. */
    private ConnectGrant granted(Identity identity) {
        return application.renewsConnections() ? ConnectGrant.once(identity, null) : ConnectGrant.renewable(identity);
    }

    /**
     * Completes with the grant to be in the channel. If the client brings no subscription token and
     * the channel rule says so, the application decides after the policy.
     */
    CompletionStage<SubscribeGrant> subscribe(
            Caller caller, Identity identity, String channel, String token, @Nullable Payload data) {
        return access.admit(identity, caller.client(), channel, token)
                .thenCompose(grant -> token.isEmpty() && asks(Question.SUBSCRIBE, channel)
                        ? application.subscribe(caller, channel, data)
                        : CompletableFuture.completedStage(grant));
    }

    /**
     * Completes with the channels that the client may enter without a token and without the
     * application.
     */
    CompletionStage<List<String>> open(String client, Identity identity, Set<String> channels) {
        CompletionStage<List<String>> open = CompletableFuture.completedStage(new ArrayList<>());
        for (String channel : channels) {
            if (!asks(Question.SUBSCRIBE, channel)) {
                CompletionStage<Boolean> admitted =
                        access.admit(identity, client, channel, "").handle((grant, refused) -> refused == null);
                open = open.thenCombine(admitted, (found, allowed) -> {
                    if (allowed) {
                        found.add(channel);
                    }
                    return found;
                });
            }
        }
        return open;
    }

    private boolean asks(Question question, String channel) {
        return access.options(channel).questions().contains(question);
    }
}
