package dev.switchboard.protocol;

import com.google.protobuf.ByteString;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import switchboard.wire.Wire;

/**
 * ProtobufCommand turns one Protobuf message into a command (protocol section 16). Each command
 * needs a new object.
 *
 * <p>Proto3 does not distinguish empty data from absent data, so empty data counts as absent.
 */
final class ProtobufCommand {

    private final Wire.Command wire;
    private boolean outOfRange;

    ProtobufCommand(Wire.Command wire) {
        this.wire = wire;
    }

    /** Returns the command; throws a {@link Disconnect} if the id or the request is missing. */
    Command read() {
        Request request = request();
        return new Command(Integer.toUnsignedLong(wire.getId()), request, outOfRange);
    }

    private Request request() {
        if (wire.hasConnect()) {
            return connect(wire.getConnect());
        }
        if (wire.hasSubscribe()) {
            return subscribe(wire.getSubscribe());
        }
        if (wire.hasUnsubscribe()) {
            return new Request.Unsubscribe(wire.getUnsubscribe().getChannel());
        }
        if (wire.hasPublish()) {
            return publish(wire.getPublish());
        }
        if (wire.hasPresence()) {
            return new Request.Presence(wire.getPresence().getChannel());
        }
        if (wire.hasPresenceStats()) {
            return new Request.PresenceStats(wire.getPresenceStats().getChannel());
        }
        if (wire.hasHistory()) {
            return history(wire.getHistory());
        }
        if (wire.hasPing()) {
            return new Request.Ping();
        }
        if (wire.hasSend()) {
            return new Request.Send();
        }
        if (wire.hasRpc()) {
            return new Request.Rpc(wire.getRpc().getMethod(), data(wire.getRpc().getData()));
        }
        if (wire.hasRefresh()) {
            return new Request.Refresh(wire.getRefresh().getToken());
        }
        if (wire.hasSubRefresh()) {
            return subRefresh(wire.getSubRefresh());
        }
        return new Request.Pong();
    }

    private Request connect(Wire.ConnectRequest connect) {
        Map<String, @Nullable Position> subscriptions = new LinkedHashMap<>();
        connect.getSubsMap()
                .forEach((channel, subscription) -> subscriptions.put(
                        channel,
                        subscription.getRecover()
                                ? new Position(subscription.getEpoch(), subscription.getOffset())
                                : null));
        return new Request.Connect(
                connect.getToken(),
                connect.getName(),
                connect.getVersion(),
                connect.getHeadersMap(),
                data(connect.getData()),
                subscriptions);
    }

    private Request subscribe(Wire.SubscribeRequest subscribe) {
        return new Request.Subscribe(
                subscribe.getChannel(),
                subscribe.getToken(),
                data(subscribe.getData()),
                new Position(subscribe.getEpoch(), subscribe.getOffset()),
                subscribe.getRecover(),
                subscribe.getPositioned(),
                subscribe.getRecoverable(),
                subscribe.getJoinLeave(),
                subscribe.getDelta(),
                subscribe.getFlag(),
                subscribe.getType(),
                subscribe.hasTf() ? filter(subscribe.getTf()) : null);
    }

    private static FilterNode filter(Wire.FilterNode node) {
        return new FilterNode(
                node.getOp(),
                node.getKey(),
                node.getCmp(),
                node.getVal(),
                node.getValsList(),
                node.getNodesList().stream().map(ProtobufCommand::filter).toList());
    }

    private Request publish(Wire.PublishRequest publish) {
        boolean map = publish.getType() != 0 || !publish.getKey().isEmpty() || publish.getRemoved();
        return new Request.Publish(publish.getChannel(), data(publish.getData()), map);
    }

    private static Request history(Wire.HistoryRequest history) {
        Position since = history.hasSince()
                ? new Position(history.getSince().getEpoch(), history.getSince().getOffset())
                : null;
        return new Request.History(history.getChannel(), since, history.getLimit(), history.getReverse());
    }

    private static Request subRefresh(Wire.SubRefreshRequest refresh) {
        return new Request.SubRefresh(refresh.getChannel(), refresh.getToken(), refresh.getType());
    }

    private @Nullable Payload data(ByteString data) {
        if (data.isEmpty()) {
            return null;
        }
        try {
            return JsonInput.checked(() -> Payload.of(data.toByteArray()));
        } catch (Disconnect tooDeep) {
            outOfRange = true;
            return null;
        }
    }
}
