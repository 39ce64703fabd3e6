package dev.switchboard.protocol;

import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ApiResults writes the results of the server API in JSON. */
final class ApiResults {

    static final String EMPTY = "{}";

    /** Characters that a result needs at first. */
    private static final int SIZE = 128;

    /** Maximum bytes of data in one page of a history. */
    private static final int MAX_PAGE = 1 << 20;

    private ApiResults() {}

    /** Returns the whole answer to a request that is refused. */
    static String refusal(ClientError error) {
        return "{\"error\":" + error(error) + "}";
    }

    /** Returns the error as a JSON object. */
    static String error(ClientError error) {
        return object().number("code", error.code())
                .string("message", error.text())
                .finish();
    }

    /** Returns the position of a publication; an empty object if there is no history. */
    static String position(@Nullable Position position) {
        return position == null ? EMPTY : position(object(), position).finish();
    }

    private static JsonWriter position(JsonWriter json, Position position) {
        return json.unsigned("offset", position.offset()).string("epoch", position.epoch());
    }

    /** Returns the info of each client; the keys are client ids. */
    static String presence(Map<String, ClientInfo> present) {
        JsonWriter json = object().object("presence");
        present.forEach(
                (client, info) -> JsonFraming.info(json.entry(client), info).end());
        return json.finish();
    }

    /** Returns the number of clients and of users. */
    static String presenceStats(PresenceStats stats) {
        return object().number("num_clients", stats.clients())
                .number("num_users", stats.users())
                .finish();
    }

    /**
     * Returns the publications of the page up to a number of bytes, and the position of the stream.
     */
    static String page(History page) {
        JsonWriter json = object().array("publications");
        int bytes = 0;
        for (Publication publication : page.publications()) {
            bytes += publication.size();
            if (bytes > MAX_PAGE) {
                break;
            }
            publication(json.element(), publication).end();
        }
        return position(json.endArray(), page.top()).finish();
    }

    private static JsonWriter publication(JsonWriter json, Publication publication) {
        String data = publication.data().toJson();
        if (data != null) {
            json.jsonOnOneLine("data", data);
        } else if (publication.data().frame() instanceof Frame.Binary binary) {
            json.string("b64data", base64(binary.bytes()));
        }
        return JsonFraming.attributes(json, publication);
    }

    private static String base64(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
    }

    /** Returns the number of clients in each channel. */
    static String channels(Map<String, Integer> channels) {
        JsonWriter json = object().object("channels");
        channels.forEach((channel, clients) ->
                json.entry(channel).number("num_clients", clients).end());
        return json.finish();
    }

    /** Returns the state of each node. */
    static String info(List<NodeInfo> nodes) {
        JsonWriter json = object().array("nodes");
        nodes.forEach(node -> json.element()
                .string("uid", node.uid())
                .string("name", node.name())
                .string("version", Framing.VERSION)
                .number("num_clients", node.clients())
                .number("num_users", node.users())
                .number("num_subs", node.subscriptions())
                .number("num_channels", node.channels())
                .number("uptime", node.uptime().toSeconds())
                .end());
        return json.endArray().finish();
    }

    private static JsonWriter object() {
        return new JsonWriter(SIZE);
    }
}
