package dev.switchboard.protocol;

import dev.switchboard.json.JsonWriter;
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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JsonFraming puts each command and each reply on one line of JSON, in text messages (protocol
 * sections 2.1 and 2.4).
 */
final class JsonFraming implements Framing {

    static final JsonFraming INSTANCE = new JsonFraming();

    private static final Frame PING = Frame.text("{}");

    /** The opening of each push. */
    private static final String PUSH = "{\"push\":{";

    /** Maximum replies in one text message. */
    private static final int BATCH = 64;

    /** Characters that a push needs for names and punctuation. */
    private static final int ENVELOPE_SIZE = 160;

    private static final Disconnect NO_TEXT = Disconnect.badRequest("text in UTF-8 is expected");
    private static final Disconnect EMPTY = Disconnect.badRequest("a message without a command");

    private JsonFraming() {}

    @Override
    public String name() {
        return "json";
    }

    @Override
    public Iterator<? extends EncodedCommand> commands(Frame message) {
        String text = message.text();
        if (text == null) {
            throw NO_TEXT;
        }
        JsonLines lines = new JsonLines(text);
        if (!lines.hasNext()) {
            throw EMPTY;
        }
        return lines;
    }

    @Override
    public Frame error(long id, ClientError error) {
        return end(reply(id, "error")
                .number("code", error.code())
                .string("message", error.text())
                .flag("temporary", error.isTemporary()));
    }

    @Override
    public @Nullable Frame connected(long id, ConnectResult result, @Nullable Emulation emulation) {
        JsonWriter json = reply(id, Method.CONNECT.word());
        json.string("client", result.client()).string("version", VERSION);
        expires(json, result.ttl());
        json.jsonOnOneLine("data", result.data())
                .number("ping", result.pingSeconds())
                .flag("pong", true);
        if (emulation != null) {
            json.string("session", emulation.session()).string("node", emulation.node());
        }
        boolean complete = true;
        if (!result.subscriptions().isEmpty()) {
            json.object("subs");
            for (Map.Entry<String, SubscribeResult> subscription :
                    result.subscriptions().entrySet()) {
                json.entry(subscription.getKey());
                complete &= subscribed(json, subscription.getValue());
                json.end();
            }
        }
        return complete ? end(json) : null;
    }

    @Override
    public Frame refreshed(long id, String client, long ttl) {
        return end(expires(reply(id, Method.REFRESH.word()).string("client", client), ttl));
    }

    @Override
    public @Nullable Frame subscribed(long id, SubscribeResult result) {
        JsonWriter json = reply(id, Method.SUBSCRIBE.word());
        return subscribed(json, result) ? end(json) : null;
    }

    @Override
    public Frame subscriptionRefreshed(long id, long ttl) {
        return end(expires(reply(id, Method.SUB_REFRESH.word()), ttl));
    }

    @Override
    public Frame done(long id, Method method) {
        return end(reply(id, method.word()));
    }

    @Override
    public @Nullable Frame called(long id, @Nullable Payload result) {
        JsonWriter json = reply(id, Method.RPC.word());
        if (result != null) {
            String data = result.toJson();
            if (data == null) {
                return null;
            }
            json.jsonOnOneLine("data", data);
        }
        return end(json);
    }

    @Override
    public Frame presence(long id, Map<String, ClientInfo> present) {
        JsonWriter json = reply(id, Method.PRESENCE.word()).object("presence");
        present.forEach((client, info) -> info(json.entry(client), info).end());
        return end(json);
    }

    @Override
    public Frame presenceStats(long id, int clients, int users) {
        return end(reply(id, Method.PRESENCE_STATS.word())
                .number("num_clients", clients)
                .number("num_users", users));
    }

    @Override
    public Frame history(long id, History result) {
        JsonWriter json = reply(id, Method.HISTORY.word());
        publications(json, result.publications());
        return end(json.string("epoch", result.top().epoch())
                .unsigned("offset", result.top().offset()));
    }

    @Override
    public @Nullable Frame publication(String channel, Publication publication) {
        String data = publication.data().toJson();
        return data == null ? null : end(publication(push(channel, "pub", data.length()), data, publication));
    }

    @Override
    public Frame join(String channel, ClientInfo client) {
        return presenceChange(channel, "join", client);
    }

    @Override
    public Frame leave(String channel, ClientInfo client) {
        return presenceChange(channel, "leave", client);
    }

    private static Frame presenceChange(String channel, String change, ClientInfo client) {
        return end(info(push(channel, change, 0).object("info"), client));
    }

    @Override
    public Frame unsubscribe(String channel, Unsubscribe why) {
        return end(push(channel, "unsubscribe", 0).number("code", why.code()).string("reason", why.reason()));
    }

    @Override
    public Frame subscribe(String channel, SubscribeResult subscribed) {
        return end(position(push(channel, "subscribe", 0), subscribed).jsonOnOneLine("data", subscribed.data()));
    }

    @Override
    public @Nullable Frame message(Payload data) {
        String text = data.toJson();
        return text == null
                ? null
                : end(new JsonWriter(text.length() + ENVELOPE_SIZE, PUSH, 2)
                        .object("message")
                        .jsonOnOneLine("data", text));
    }

    @Override
    public Frame refresh(long ttl) {
        return end(expires(new JsonWriter(ENVELOPE_SIZE, PUSH, 2).object("refresh"), ttl));
    }

    @Override
    public Frame disconnect(Disconnect why) {
        return end(new JsonWriter(ENVELOPE_SIZE, PUSH, 2)
                .object("disconnect")
                .number("code", why.code())
                .string("reason", why.reason()));
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
        int size = frames.size() - 1;
        for (Frame frame : frames) {
            size += frame.size();
        }
        StringBuilder lines = new StringBuilder(size);
        for (Frame frame : frames) {
            if (!lines.isEmpty()) {
                lines.append('\n');
            }
            lines.append(((Frame.Text) frame).text());
        }
        return new Frame.Text(lines.toString(), size);
    }

    private static JsonWriter reply(long id, String word) {
        return new JsonWriter(ENVELOPE_SIZE).number("id", id).object(word);
    }

    private static JsonWriter push(String channel, String word, int dataLength) {
        return new JsonWriter(channel.length() + dataLength + ENVELOPE_SIZE, PUSH, 2)
                .string("channel", channel)
                .object(word);
    }

    private static Frame end(JsonWriter json) {
        return Frame.text(json.finish());
    }

    /** Writes the result. Returns false if JSON cannot carry one of the recovered publications. */
    private static boolean subscribed(JsonWriter json, SubscribeResult result) {
        position(expires(json, result.ttl()), result)
                .flag("was_recovering", result.recovery() != Recovery.NONE)
                .flag("recovered", result.recovery() == Recovery.RECOVERED);
        boolean complete = result.publications().isEmpty() || publications(json, result.publications());
        json.jsonOnOneLine("data", result.data());
        return complete;
    }

    private static JsonWriter position(JsonWriter json, SubscribeResult result) {
        json.flag("recoverable", result.recoverable());
        if (result.position() != null) {
            json.flag("positioned", true);
            if (!result.position().epoch().isEmpty()) {
                json.string("epoch", result.position().epoch());
            }
            if (result.position().offset() != 0) {
                json.unsigned("offset", result.position().offset());
            }
        }
        return json;
    }

    /** Leaves out publications that JSON cannot carry, and returns false if there are any. */
    private static boolean publications(JsonWriter json, List<Publication> publications) {
        boolean complete = true;
        json.array("publications");
        for (Publication publication : publications) {
            String data = publication.data().toJson();
            if (data == null) {
                complete = false;
            } else {
                publication(json.element(), data, publication).end();
            }
        }
        json.endArray();
        return complete;
    }

    private static JsonWriter publication(JsonWriter json, String data, Publication publication) {
        return attributes(json.jsonOnOneLine("data", data), publication);
    }

    /** Writes the members of a publication, except its data. */
    static JsonWriter attributes(JsonWriter json, Publication publication) {
        if (publication.publisher() != null) {
            info(json.object("info"), publication.publisher()).end();
        }
        if (publication.position() != null) {
            json.unsigned("offset", publication.position().offset());
        }
        if (!publication.tags().isEmpty()) {
            json.object("tags");
            publication.tags().forEach(json::entry);
            json.end();
        }
        if (publication.time() != 0) {
            json.number("time", publication.time());
        }
        return json;
    }

    /** Writes the members of a client's info. */
    static JsonWriter info(JsonWriter json, ClientInfo info) {
        return json.string("user", info.user())
                .string("client", info.client())
                .jsonOnOneLine("conn_info", info.connInfo())
                .jsonOnOneLine("chan_info", info.chanInfo());
    }

    private static JsonWriter expires(JsonWriter json, long ttl) {
        return ttl == 0 ? json : json.flag("expires", true).number("ttl", Framing.seconds(ttl));
    }
}
