package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.protocol.Command.Method;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** RequestHandler carries out the requests of a connected client, and sends the replies. */
final class RequestHandler {

    private static final Set<String> DELTAS = Set.of("", "fossil");

    private final Framing framing;
    private final CommandLimits limits;

    RequestHandler(Framing framing, CommandLimits limits) {
        this.framing = framing;
        this.limits = limits;
    }

    /**
     * Carries out a request other than connect and send. The stage completes when the reply is
     * sent.
     *
     * @throws ClientError if the request is refused; also as the failure of the stage
     * @throws Disconnect if the client must be disconnected; also as the failure of the stage
     */
    CompletionStage<?> handle(Client client, long id, Request request) {
        if (request instanceof Request.Publish publish) {
            return publish(client, publish).thenRun(() -> client.send(framing.done(id, Method.PUBLISH)));
        }
        if (request instanceof Request.Subscribe subscribe) {
            return client.subscribe(subscribeRequest(client, subscribe), result -> {
                Frame reply = framing.subscribed(id, result);
                return reply == null ? null : List.of(reply);
            });
        }
        if (request instanceof Request.Unsubscribe unsubscribe) {
            return client.unsubscribe(present(unsubscribe.channel()))
                    .thenRun(() -> client.send(framing.done(id, Method.UNSUBSCRIBE)));
        }
        if (request instanceof Request.Presence presence) {
            return client.presence(known(client, presence.channel()))
                    .thenAccept(present -> client.answer(framing.presence(id, present)));
        }
        if (request instanceof Request.PresenceStats stats) {
            return client.presenceStats(known(client, stats.channel()))
                    .thenAccept(counted -> client.send(framing.presenceStats(id, counted.clients(), counted.users())));
        }
        if (request instanceof Request.History history) {
            return client.history(known(client, history.channel()), query(history))
                    .thenAccept(page -> client.answer(page(client, id, page)));
        }
        if (request instanceof Request.Rpc rpc) {
            return client.rpc(rpc.method(), rpc.data()).thenAccept(result -> client.answer(called(id, result)));
        }
        if (request instanceof Request.Refresh refresh) {
            return client.refresh(refresh.token())
                    .thenAccept(ttl -> client.send(framing.refreshed(id, client.id(), ttl)));
        }
        if (request instanceof Request.SubRefresh refresh) {
            return subRefresh(client, refresh).thenAccept(ttl -> client.send(framing.subscriptionRefreshed(id, ttl)));
        }
        if (request instanceof Request.Ping) {
            client.send(framing.done(id, Method.PING));
            return CommandQueue.DONE;
        }
        if (request instanceof Request.Pong) {
            client.pong();
            return CommandQueue.DONE;
        }
        throw new IllegalStateException("not a request of a connected client: " + request.getClass());
    }

    private CompletionStage<?> publish(Client client, Request.Publish request) {
        String channel = known(client, request.channel());
        if (request.map()) {
            throw unavailable("a publication by key");
        }
        Payload data = request.data();
        if (data == null) {
            throw ClientError.BAD_REQUEST.because("the publication has no data");
        }
        limits.countPublish();
        if (data.form() == Payload.Form.OPAQUE
                && client.may(Right.PUBLISH, channel)
                && !client.may(Right.PUBLISH_BINARY, channel)) {
            throw ClientError.BAD_REQUEST.because(client.refusal(Right.PUBLISH_BINARY, channel));
        }
        return client.publish(channel, data);
    }

    private static SubscribeRequest subscribeRequest(Client client, Request.Subscribe request) {
        String channel = known(client, request.channel());
        if (!DELTAS.contains(request.delta())) {
            throw Disconnect.badRequest("unknown delta");
        }
        if (request.type() != 0) {
            throw unavailable("a subscription of another type");
        }
        Set<Wish> wishes = EnumSet.noneOf(Wish.class);
        add(Wish.POSITIONED, request.positioned(), wishes);
        add(Wish.RECOVERABLE, request.recoverable(), wishes);
        add(Wish.JOIN_LEAVE, request.joinLeave(), wishes);
        add(Wish.ALL_OR_NOTHING, (request.flag() & Request.Subscribe.REJECT_UNRECOVERED) != 0, wishes);
        Position recover = request.recover() ? request.position() : null;
        Payload data = request.data();
        return new SubscribeRequest(
                channel,
                request.token(),
                wishes,
                recover,
                null,
                Echo.ON,
                SenderName.in(data),
                data,
                filter(request.filter()));
    }

    private static @Nullable TagsFilter filter(@Nullable FilterNode node) {
        try {
            return node == null ? null : TagsFilter.of(node);
        } catch (IllegalArgumentException malformed) {
            throw ClientError.BAD_REQUEST.because("tf: " + malformed.getMessage());
        }
    }

    private static void add(Wish wish, boolean wished, Set<Wish> to) {
        if (wished) {
            to.add(wish);
        }
    }

    private static HistoryQuery query(Request.History request) {
        Position since = request.since();
        if (request.reverse() && since != null && since.offset() == 0) {
            throw ClientError.BAD_REQUEST.because("a history in reverse begins at a position with an offset");
        }
        return new HistoryQuery(since, request.limit(), request.reverse() ? Order.NEWEST_FIRST : Order.OLDEST_FIRST);
    }

    /**
     * Returns the page, or its half as often as the reply is too large: escapes make a publication
     * larger.
     */
    private Frame page(Client client, long id, History page) {
        Frame reply = framing.history(id, page);
        return client.fits(reply) || page.publications().size() == 1 ? reply : page(client, id, page.half());
    }

    private Frame called(long id, @Nullable Payload result) {
        Frame reply = framing.called(id, result);
        if (reply == null) { // JSON cannot carry bytes
            throw ClientError.INTERNAL;
        }
        return reply;
    }

    private static CompletionStage<Long> subRefresh(Client client, Request.SubRefresh request) {
        if (request.type() != 0) {
            throw unavailable("a subscription of another type");
        }
        return client.refresh(present(request.channel()), request.token());
    }

    private static ClientError unavailable(String what) {
        return ClientError.NOT_AVAILABLE.because(what + " is not part of this relay");
    }

    private static String present(String channel) {
        if (channel.isEmpty()) {
            throw Disconnect.badRequest("a channel is missing");
        }
        return channel;
    }

    private static String known(Client client, String channel) {
        String fault = ChannelName.fault(present(channel));
        if (fault != null) {
            throw ClientError.BAD_REQUEST.because(fault);
        }
        client.requireKnown(channel);
        return channel;
    }
}
