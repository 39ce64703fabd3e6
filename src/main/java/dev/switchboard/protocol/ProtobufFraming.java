package dev.switchboard.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.Command.Method;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import switchboard.wire.Wire;

/**
 * ProtobufFraming puts commands and replies into binary messages, each after its length (protocol
 * sections 2.2 and 16).
 */
final class ProtobufFraming implements Framing {

    static final ProtobufFraming INSTANCE = new ProtobufFraming();

    private static final Frame PING = Frame.binary(new byte[1]);

    /** Maximum replies in one binary message. */
    private static final int BATCH = 64;

    private static final Wire.Empty EMPTY_RESULT = Wire.Empty.getDefaultInstance();

    private static final Disconnect NO_BYTES = Disconnect.badRequest("a binary message is expected");
    private static final Disconnect EMPTY = Disconnect.badRequest("a message without a command");

    private ProtobufFraming() {}

    @Override
    public String name() {
        return "protobuf";
    }

    @Override
    public Iterator<? extends EncodedCommand> commands(Frame message) {
        if (!(message instanceof Frame.Binary whole)) {
            throw NO_BYTES;
        }
        if (whole.size() == 0) {
            throw EMPTY;
        }
        return new DelimitedCommands(whole.bytes().duplicate());
    }

    @Override
    public Frame error(long id, ClientError error) {
        return frame(reply(id)
                .setError(Wire.Error.newBuilder()
                        .setCode(error.code())
                        .setMessage(error.text())
                        .setTemporary(error.isTemporary())));
    }

    @Override
    public Frame connected(long id, ConnectResult result, @Nullable Emulation emulation) {
        Wire.ConnectResult.Builder wire = Wire.ConnectResult.newBuilder()
                .setClient(result.client())
                .setVersion(VERSION)
                .setExpires(result.ttl() != 0)
                .setTtl((int) Framing.seconds(result.ttl()))
                .setData(raw(result.data()))
                .setPing((int) result.pingSeconds())
                .setPong(true);
        if (emulation != null) {
            wire.setSession(emulation.session()).setNode(emulation.node());
        }
        result.subscriptions().forEach((channel, subscribed) -> wire.putSubs(channel, subscribed(subscribed)));
        return frame(reply(id).setConnect(wire));
    }

    @Override
    public Frame refreshed(long id, String client, long ttl) {
        return frame(reply(id)
                .setRefresh(Wire.RefreshResult.newBuilder()
                        .setClient(client)
                        .setExpires(ttl != 0)
                        .setTtl((int) Framing.seconds(ttl))));
    }

    @Override
    public Frame subscribed(long id, SubscribeResult result) {
        return frame(reply(id).setSubscribe(subscribed(result)));
    }

    @Override
    public Frame subscriptionRefreshed(long id, long ttl) {
        return frame(reply(id).setSubRefresh(expiry(ttl)));
    }

    @Override
    public Frame done(long id, Method method) {
        Wire.Reply.Builder reply = reply(id);
        switch (method) {
            case UNSUBSCRIBE -> reply.setUnsubscribe(EMPTY_RESULT);
            case PUBLISH -> reply.setPublish(EMPTY_RESULT);
            case PING -> reply.setPing(EMPTY_RESULT);
            default -> throw new IllegalArgumentException(method + " has a result");
        }
        return frame(reply);
    }

    @Override
    public Frame called(long id, @Nullable Payload result) {
        Wire.RpcResult.Builder wire = Wire.RpcResult.newBuilder();
        if (result != null) {
            wire.setData(data(result));
        }
        return frame(reply(id).setRpc(wire));
    }

    @Override
    public Frame presence(long id, Map<String, ClientInfo> present) {
        Wire.PresenceResult.Builder wire = Wire.PresenceResult.newBuilder();
        present.forEach((client, info) -> wire.putPresence(client, info(info)));
        return frame(reply(id).setPresence(wire));
    }

    @Override
    public Frame presenceStats(long id, int clients, int users) {
        return frame(reply(id)
                .setPresenceStats(Wire.PresenceStatsResult.newBuilder()
                        .setNumClients(clients)
                        .setNumUsers(users)));
    }

    @Override
    public Frame history(long id, History result) {
        Wire.HistoryResult.Builder wire = Wire.HistoryResult.newBuilder()
                .setEpoch(result.top().epoch())
                .setOffset(result.top().offset());
        result.publications().forEach(publication -> wire.addPublications(publication(publication)));
        return frame(reply(id).setHistory(wire));
    }

    @Override
    public Frame publication(String channel, Publication publication) {
        return push(push(channel).setPub(publication(publication)));
    }

    @Override
    public Frame join(String channel, ClientInfo client) {
        return push(push(channel).setJoin(Wire.InfoPush.newBuilder().setInfo(info(client))));
    }

    @Override
    public Frame leave(String channel, ClientInfo client) {
        return push(push(channel).setLeave(Wire.InfoPush.newBuilder().setInfo(info(client))));
    }

    @Override
    public Frame unsubscribe(String channel, Unsubscribe why) {
        return push(push(channel)
                .setUnsubscribe(
                        Wire.UnsubscribePush.newBuilder().setCode(why.code()).setReason(why.reason())));
    }

    @Override
    public Frame subscribe(String channel, SubscribeResult subscribed) {
        Wire.SubscribePush.Builder wire = Wire.SubscribePush.newBuilder()
                .setRecoverable(subscribed.recoverable())
                .setData(raw(subscribed.data()));
        if (subscribed.position() != null) {
            wire.setPositioned(true)
                    .setEpoch(subscribed.position().epoch())
                    .setOffset(subscribed.position().offset());
        }
        return push(push(channel).setSubscribe(wire));
    }

    @Override
    public Frame message(Payload data) {
        return push(
                Wire.Push.newBuilder().setMessage(Wire.MessagePush.newBuilder().setData(data(data))));
    }

    @Override
    public Frame refresh(long ttl) {
        return push(Wire.Push.newBuilder().setRefresh(expiry(ttl)));
    }

    @Override
    public Frame disconnect(Disconnect why) {
        return push(Wire.Push.newBuilder()
                .setDisconnect(
                        Wire.DisconnectPush.newBuilder().setCode(why.code()).setReason(why.reason())));
    }

    @Override
    public Frame ping() {
        return PING;
    }

    @Override
    public int batchSize() {
        return BATCH;
    }

    @Override
    public Frame batch(List<Frame> frames) {
        int size = 0;
        for (Frame frame : frames) {
            size += frame.size();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (Frame frame : frames) {
            all.put(((Frame.Binary) frame).bytes().duplicate());
        }
        return Frame.binary(all.array());
    }

    private static Wire.Reply.Builder reply(long id) {
        return Wire.Reply.newBuilder().setId((int) id);
    }

    private static Wire.Push.Builder push(String channel) {
        return Wire.Push.newBuilder().setChannel(channel);
    }

    private static Frame push(Wire.Push.Builder push) {
        return frame(Wire.Reply.newBuilder().setPush(push));
    }

    private static Frame frame(Wire.Reply.Builder builder) {
        Wire.Reply reply = builder.build();
        int size = reply.getSerializedSize();
        byte[] bytes = new byte[CodedOutputStream.computeUInt32SizeNoTag(size) + size];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeUInt32NoTag(size);
            reply.writeTo(out);
        } catch (IOException wrongSize) {
            throw new UncheckedIOException(wrongSize);
        }
        return Frame.binary(bytes);
    }

    private static Wire.SubscribeResult subscribed(SubscribeResult result) {
        Wire.SubscribeResult.Builder wire = Wire.SubscribeResult.newBuilder()
                .setExpires(result.ttl() != 0)
                .setTtl((int) Framing.seconds(result.ttl()))
                .setRecoverable(result.recoverable())
                .setWasRecovering(result.recovery() != Recovery.NONE)
                .setRecovered(result.recovery() == Recovery.RECOVERED)
                .setData(raw(result.data()));
        if (result.position() != null) {
            wire.setPositioned(true)
                    .setEpoch(result.position().epoch())
                    .setOffset(result.position().offset());
        }
        result.publications().forEach(publication -> wire.addPublications(publication(publication)));
        return wire.build();
    }

    private static Wire.Publication publication(Publication publication) {
        Wire.Publication.Builder wire = Wire.Publication.newBuilder().setData(data(publication.data()));
        if (publication.publisher() != null) {
            wire.setInfo(info(publication.publisher()));
        }
        if (publication.position() != null) {
            wire.setOffset(publication.position().offset());
        }
        return wire.putAllTags(publication.tags()).setTime(publication.time()).build();
    }

    private static Wire.ClientInfo info(ClientInfo info) {
        return Wire.ClientInfo.newBuilder()
                .setUser(info.user())
                .setClient(info.client())
                .setConnInfo(raw(info.connInfo()))
                .setChanInfo(raw(info.chanInfo()))
                .build();
    }

    private static Wire.Expiry expiry(long ttl) {
        return Wire.Expiry.newBuilder()
                .setExpires(ttl != 0)
                .setTtl((int) Framing.seconds(ttl))
                .build();
    }

    /** Returns bytes unchanged. Returns text as JSON: unchanged if it is JSON, else as a string. */
    private static ByteString data(Payload payload) {
        return payload.frame() instanceof Frame.Binary whole
                ? UnsafeByteOperations.unsafeWrap(whole.bytes())
                : raw(payload.toJson());
    }

    private static ByteString raw(@Nullable String json) {
        return json == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(json.getBytes(StandardCharsets.UTF_8));
    }
}
