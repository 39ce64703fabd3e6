package dev.switchboard.cluster;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OperationText writes operations as JSON, and reads them.
 *
 * <p>JSON of the application becomes a string: so its levels do not count for the message.
 */
final class OperationText {

    private static final String SUBSCRIBE = "subscribe";
    private static final String UNSUBSCRIBE = "unsubscribe";
    private static final String DISCONNECT = "disconnect";
    private static final String REFRESH = "refresh";

    private OperationText() {}

    /** Writes the members of the operation. */
    static JsonWriter write(Operation operation, JsonWriter json) {
        if (operation instanceof Operation.Subscribe subscribe) {
            return subscribe(subscribe, json);
        } else if (operation instanceof Operation.Unsubscribe unsubscribe) {
            return selector(UNSUBSCRIBE, unsubscribe.selector(), json)
                    .string("channel", unsubscribe.channel())
                    .number("code", unsubscribe.reason().code())
                    .string("reason", unsubscribe.reason().reason());
        } else if (operation instanceof Operation.Disconnect disconnect) {
            return selector(DISCONNECT, disconnect.selector(), json)
                    .number("code", disconnect.reason().code())
                    .string("reason", disconnect.reason().reason())
                    .stringsIfAny("except", List.copyOf(disconnect.except()));
        } else {
            Operation.Refresh refresh = (Operation.Refresh) operation;
            return optional(
                    "info",
                    refresh.info(),
                    selector(REFRESH, refresh.selector(), json).number("ttl", refresh.ttl()));
        }
    }

    private static JsonWriter selector(String kind, ClientSelector selector, JsonWriter json) {
        return json.string("kind", kind)
                .stringIfAny("user", selector.user())
                .stringIfAny("client", selector.client())
                .stringIfAny("session", selector.session());
    }

    private static JsonWriter optional(String name, @Nullable String value, JsonWriter json) {
        return value == null ? json : json.string(name, value);
    }

    private static JsonWriter subscribe(Operation.Subscribe subscribe, JsonWriter json) {
        SubscribeGrant grant = subscribe.grant();
        selector(SUBSCRIBE, subscribe.selector(), json)
                .string("channel", subscribe.channel())
                .number("ttl", grant.ttl());
        optional("info", grant.info(), json);
        optional("data", grant.data(), json);
        TokenId token = grant.token();
        if (token != null) {
            json.object("token").string("id", token.id());
            optional(
                            "issued",
                            token.issuedAt() == null ? null : token.issuedAt().toString(),
                            json)
                    .end();
        }
        Position since = subscribe.since();
        if (since != null) {
            json.object("since")
                    .string("epoch", since.epoch())
                    .unsigned("offset", since.offset())
                    .end();
        }
        override(grant.override(), json.object("override")).end();
        return json;
    }

    private static JsonWriter override(ChannelOverride override, JsonWriter json) {
        json.json("presence", text(override.presence()));
        json.json("join_leave", text(override.joinLeave()));
        json.json("force_push_join_leave", text(override.forcePushJoinLeave()));
        json.json("force_recovery", text(override.forceRecovery()));
        return json.json("force_positioning", text(override.forcePositioning()));
    }

    private static @Nullable String text(@Nullable Boolean value) {
        return value == null ? null : value.toString();
    }

    /**
     * Returns the operation; null if this version does not know its kind.
     *
     * @throws RuntimeException if the message cannot be read
     */
    static @Nullable Operation read(JsonObject json) {
        return switch (json.text("kind")) {
            case SUBSCRIBE ->
                new Operation.Subscribe(
                        selector(json), json.text("channel"), grant(json), position(json.object("since")));
            case UNSUBSCRIBE ->
                new Operation.Unsubscribe(
                        selector(json),
                        json.text("channel"),
                        new Unsubscribe((int) json.number("code"), json.text("reason")));
            case DISCONNECT ->
                new Operation.Disconnect(
                        selector(json),
                        Set.copyOf(json.texts("except")),
                        new Disconnect((int) json.number("code"), json.text("reason")));
            case REFRESH -> new Operation.Refresh(selector(json), json.number("ttl"), optional("info", json));
            default -> null;
        };
    }

    private static ClientSelector selector(JsonObject json) {
        return new ClientSelector(json.text("user"), json.text("client"), json.text("session"));
    }

    private static @Nullable String optional(String name, JsonObject json) {
        return json.has(name) ? json.text(name) : null;
    }

    private static SubscribeGrant grant(JsonObject json) {
        JsonObject override = json.object("override");
        return new SubscribeGrant(
                optional("info", json),
                optional("data", json),
                json.number("ttl"),
                token(json.object("token")),
                override == null
                        ? ChannelOverride.NONE
                        : ChannelOverride.of(name -> override.has(name) ? override.flag(name) : null));
    }

    private static @Nullable TokenId token(@Nullable JsonObject json) {
        if (json == null) {
            return null;
        }
        String issued = optional("issued", json);
        return new TokenId(json.text("id"), issued == null ? null : Instant.parse(issued));
    }

    private static @Nullable Position position(@Nullable JsonObject json) {
        return json == null ? null : new Position(json.text("epoch"), json.unsigned("offset"));
    }
}
