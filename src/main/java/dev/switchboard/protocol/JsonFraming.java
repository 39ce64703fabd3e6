package dev.switchboard.protocol;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.Command.Method;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of JSON for each command or reply, in text messages (protocol sections 2.1 and 2.4).
 *
 * <p>What is spliced in must not break the line: newlines within JSON are whitespace, and leave as spaces.
 */
final class JsonFraming implements Framing {

    static final JsonFraming INSTANCE = new JsonFraming();

    private static final Frame PING = Frame.text("{}");
    private static final int BATCH = 64;

    /** Names and punctuation of the largest push. */
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
        StringBuilder json = reply(id, "error");
        number(json, "code", error.code());
        string(json, "message", error.text());
        flag(json, "temporary", error.isTemporary());
        return end(json.append("}}"));
    }

    @Override
    public @Nullable Frame connected(long id, ConnectResult result, @Nullable Emulation emulation) {
        StringBuilder json = reply(id, Method.CONNECT.word());
        string(json, "client", result.client());
        string(json, "version", VERSION);
        expires(json, result.ttl());
        raw(json, "data", result.data());
        number(json, "ping", result.pingSeconds());
        flag(json, "pong", true);
        if (emulation != null) {
            string(json, "session", emulation.session());
            string(json, "node", emulation.node());
        }
        boolean complete = true;
        if (!result.subscriptions().isEmpty()) {
            name(json, "subs").append('{');
            for (Map.Entry<String, SubscribeResult> subscription :
                    result.subscriptions().entrySet()) {
                comma(json);
                JsonText.quote(subscription.getKey(), json);
                json.append(":{");
                complete &= subscribed(json, subscription.getValue());
                json.append('}');
            }
            json.append('}');
        }
        return complete ? end(json.append("}}")) : null;
    }

    @Override
    public Frame refreshed(long id, String client, long ttl) {
        StringBuilder json = reply(id, Method.REFRESH.word());
        string(json, "client", client);
        expires(json, ttl);
        return end(json.append("}}"));
    }

    @Override
    public @Nullable Frame subscribed(long id, SubscribeResult result) {
        StringBuilder json = reply(id, Method.SUBSCRIBE.word());
        return subscribed(json, result) ? end(json.append("}}")) : null;
    }

    @Override
    public Frame subscriptionRefreshed(long id, long ttl) {
        StringBuilder json = reply(id, Method.SUB_REFRESH.word());
        expires(json, ttl);
        return end(json.append("}}"));
    }

    @Override
    public Frame done(long id, Method method) {
        return end(reply(id, method.word()).append("}}"));
    }

    @Override
    public @Nullable Frame called(long id, @Nullable Payload result) {
        StringBuilder json = reply(id, Method.RPC.word());
        if (result != null) {
            String data = result.toJson();
            if (data == null) {
                return null;
            }
            raw(json, "data", data);
        }
        return end(json.append("}}"));
    }

    @Override
    public Frame presence(long id, Map<String, ClientInfo> present) {
        StringBuilder json = reply(id, Method.PRESENCE.word());
        name(json, "presence").append('{');
        present.forEach((client, info) -> {
            comma(json);
            JsonText.quote(client, json);
            json.append(':');
            info(json, info);
        });
        return end(json.append("}}}"));
    }

    @Override
    public Frame presenceStats(long id, int clients, int users) {
        StringBuilder json = reply(id, Method.PRESENCE_STATS.word());
        number(json, "num_clients", clients);
        number(json, "num_users", users);
        return end(json.append("}}"));
    }

    @Override
    public Frame history(long id, History result) {
        StringBuilder json = reply(id, Method.HISTORY.word());
        publications(json, result.publications());
        string(json, "epoch", result.top().epoch());
        offset(json, result.top().offset());
        return end(json.append("}}"));
    }

    @Override
    public @Nullable Frame publication(String channel, Publication publication) {
        String data = publication.data().toJson();
        if (data == null) {
            return null;
        }
        StringBuilder json = push(channel, "pub", data.length());
        publication(json, data, publication);
        return end(json.append("}}"));
    }

    @Override
    public Frame join(String channel, ClientInfo who) {
        return presenceChange(channel, "join", who);
    }

    @Override
    public Frame leave(String channel, ClientInfo who) {
        return presenceChange(channel, "leave", who);
    }

    private static Frame presenceChange(String channel, String change, ClientInfo who) {
        StringBuilder json = push(channel, change, 0).append('{');
        info(name(json, "info"), who);
        return end(json.append("}}}"));
    }

    @Override
    public Frame unsubscribe(String channel, Unsubscribe why) {
        StringBuilder json = push(channel, "unsubscribe", 0).append('{');
        number(json, "code", why.code());
        string(json, "reason", why.reason());
        return end(json.append("}}}"));
    }

    @Override
    public Frame subscribe(String channel, SubscribeResult subscribed) {
        StringBuilder json = push(channel, "subscribe", 0).append('{');
        standing(json, subscribed);
        raw(json, "data", subscribed.data());
        return end(json.append("}}}"));
    }

    @Override
    public @Nullable Frame message(Payload data) {
        String text = data.toJson();
        if (text == null) {
            return null;
        }
        StringBuilder json = new StringBuilder(text.length() + ENVELOPE_SIZE).append("{\"push\":{\"message\":{");
        raw(json, "data", text);
        return end(json.append("}}}"));
    }

    @Override
    public Frame refresh(long ttl) {
        StringBuilder json = new StringBuilder("{\"push\":{\"refresh\":{");
        expires(json, ttl);
        return end(json.append("}}}"));
    }

    @Override
    public Frame disconnect(Disconnect why) {
        StringBuilder json = new StringBuilder("{\"push\":{\"disconnect\":{");
        number(json, "code", why.code());
        string(json, "reason", why.reason());
        return end(json.append("}}}"));
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

    private static StringBuilder reply(long id, String word) {
        return new StringBuilder(ENVELOPE_SIZE)
                .append("{\"id\":")
                .append(id)
                .append(",\"")
                .append(word)
                .append("\":{");
    }

    private static StringBuilder push(String channel, String word, int dataLength) {
        StringBuilder json = new StringBuilder(channel.length() + dataLength + ENVELOPE_SIZE);
        json.append("{\"push\":{");
        string(json, "channel", channel);
        return name(json, word);
    }

    private static Frame end(StringBuilder json) {
        return Frame.text(json.toString());
    }

    /** False if what it recovered is not complete. */
    private static boolean subscribed(StringBuilder json, SubscribeResult result) {
        expires(json, result.ttl());
        standing(json, result);
        switch (result.recovery()) {
            case NONE -> {}
            case RECOVERED -> {
                flag(json, "was_recovering", true);
                flag(json, "recovered", true);
            }
            case FAILED -> flag(json, "was_recovering", true);
        }
        boolean complete = result.publications().isEmpty() || publications(json, result.publications());
        raw(json, "data", result.data());
        return complete;
    }

    /** What a subscription says of its place in the stream. */
    private static void standing(StringBuilder json, SubscribeResult result) {
        flag(json, "recoverable", result.recoverable());
        if (result.position() != null) {
            flag(json, "positioned", true);
            if (!result.position().epoch().isEmpty()) {
                string(json, "epoch", result.position().epoch());
            }
            if (result.position().offset() != 0) {
                offset(json, result.position().offset());
            }
        }
    }

    /** What JSON cannot carry is left out; false if there is such. */
    private static boolean publications(StringBuilder json, List<Publication> publications) {
        boolean complete = true;
        name(json, "publications").append('[');
        for (Publication publication : publications) {
            String data = publication.data().toJson();
            if (data == null) {
                complete = false;
            } else {
                comma(json);
                publication(json, data, publication);
            }
        }
        json.append(']');
        return complete;
    }

    private static void publication(StringBuilder json, String data, Publication publication) {
        json.append('{');
        raw(json, "data", data);
        beside(json, publication);
        json.append('}');
    }

    /** What a publication has beside its data. */
    static void beside(StringBuilder json, Publication publication) {
        if (publication.publisher() != null) {
            info(name(json, "info"), publication.publisher());
        }
        if (publication.position() != null) {
            offset(json, publication.position().offset());
        }
        if (!publication.tags().isEmpty()) {
            name(json, "tags").append('{');
            publication.tags().forEach((tag, value) -> {
                comma(json);
                JsonText.quote(tag, json);
                JsonText.quote(value, json.append(':'));
            });
            json.append('}');
        }
    }

    static void info(StringBuilder json, ClientInfo info) {
        json.append('{');
        string(json, "user", info.user());
        string(json, "client", info.client());
        raw(json, "conn_info", info.connInfo());
        raw(json, "chan_info", info.chanInfo());
        json.append('}');
    }

    private static void expires(StringBuilder json, long ttl) {
        if (ttl != 0) {
            flag(json, "expires", true);
            number(json, "ttl", Framing.seconds(ttl));
        }
    }

    static void offset(StringBuilder json, long offset) {
        name(json, "offset");
        if (offset >= 0) {
            json.append(offset);
        } else {
            json.append(Long.toUnsignedString(offset));
        }
    }

    private static void flag(StringBuilder json, String name, boolean value) {
        if (value) {
            name(json, name).append(true);
        }
    }

    static void number(StringBuilder json, String name, long value) {
        name(json, name).append(value);
    }

    static void string(StringBuilder json, String name, String value) {
        JsonText.quote(value, name(json, name));
    }

    /** A JSON value as it is, on one line. */
    static void raw(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            boolean lines = value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0;
            name(json, name).append(lines ? value.replace('\n', ' ').replace('\r', ' ') : value);
        }
    }

    static StringBuilder name(StringBuilder json, String name) {
        comma(json);
        return json.append('"').append(name).append("\":");
    }

    static void comma(StringBuilder json) {
        char last = json.charAt(json.length() - 1);
        if (last != '{' && last != '[') {
            json.append(',');
        }
    }
}
