package dev.switchboard.protocol;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes the results of the server API in JSON. */
final class ApiResults {

    static final String EMPTY = "{}";

    /** Maximum bytes of data in one page of a history. */
    private static final int MAX_PAGE = 1 << 20;

    private ApiResults() {}

    /** Returns a whole answer, not a result: the error. */
    static String refusal(ClientError error) {
        return "{\"error\":" + error(error) + "}";
    }

    static String error(ClientError error) {
        return object(json -> {
            JsonFraming.number(json, "code", error.code());
            JsonFraming.string(json, "message", error.text());
        });
    }

    /** Returns the position of a publication; empty if it has none. */
    static String place(@Nullable Position at) {
        return at == null ? EMPTY : object(json -> position(json, at));
    }

    private static void position(StringBuilder json, Position position) {
        JsonFraming.offset(json, position.offset());
        JsonFraming.string(json, "epoch", position.epoch());
    }

    static String presence(Map<String, ClientInfo> present) {
        return object(json -> {
            JsonFraming.name(json, "presence").append('{');
            present.forEach((client, info) -> {
                JsonFraming.comma(json);
                JsonText.quote(client, json);
                JsonFraming.info(json.append(':'), info);
            });
            json.append('}');
        });
    }

    static String presenceStats(PresenceStats stats) {
        return object(json -> {
            JsonFraming.number(json, "num_clients", stats.clients());
            JsonFraming.number(json, "num_users", stats.users());
        });
    }

    static String page(History page) {
        return object(json -> {
            JsonFraming.name(json, "publications").append('[');
            int bytes = 0;
            for (Publication publication : page.publications()) {
                bytes += publication.size();
                if (bytes > MAX_PAGE) {
                    break;
                }
                JsonFraming.comma(json);
                publication(json, publication);
            }
            json.append(']');
            position(json, page.top());
        });
    }

    private static void publication(StringBuilder json, Publication publication) {
        json.append('{');
        String data = publication.data().toJson();
        if (data != null) {
            JsonFraming.raw(json, "data", data);
        } else if (publication.data().frame() instanceof Frame.Binary binary) {
            JsonFraming.string(json, "b64data", base64(binary.bytes()));
        }
        JsonFraming.beside(json, publication);
        json.append('}');
    }

    private static String base64(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
    }

    /** Returns the number of clients in each channel. */
    static String channels(Map<String, Integer> channels) {
        return object(json -> {
            JsonFraming.name(json, "channels").append('{');
            channels.forEach((channel, clients) -> {
                JsonFraming.comma(json);
                JsonText.quote(channel, json);
                JsonFraming.number(json.append(":{"), "num_clients", clients);
                json.append('}');
            });
            json.append('}');
        });
    }

    static String info(ServerApi.NodeInfo node) {
        return object(json -> {
            JsonFraming.name(json, "nodes").append("[{");
            JsonFraming.string(json, "uid", node.uid());
            JsonFraming.string(json, "name", node.name());
            JsonFraming.string(json, "version", Framing.VERSION);
            JsonFraming.number(json, "num_clients", node.clients());
            JsonFraming.number(json, "num_users", node.users());
            JsonFraming.number(json, "num_subs", node.subscriptions());
            JsonFraming.number(json, "num_channels", node.channels());
            JsonFraming.number(json, "uptime", node.uptime().toSeconds());
            json.append("}]");
        });
    }

    private static String object(Consumer<StringBuilder> members) {
        StringBuilder json = new StringBuilder("{");
        members.accept(json);
        return json.append('}').toString();
    }
}
