package dev.switchboard.protocol;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import org.jspecify.annotations.Nullable;

/** As whom a subscriber publishes, so that its own does not come back to it: a name that it makes up and keeps to itself. */
final class Sender {

    /** What raw clients call it in their URL, others in the data of their subscribe. */
    static final String NAME = "sender";

    /** In bytes of UTF-8. */
    private static final int MAX_SIZE = 64;

    private Sender() {}

    /** The name, unless it is too long: then a {@link Disconnect}. */
    static String checked(String name) {
        if (Frame.utf8Size(name) > MAX_SIZE) {
            throw Disconnect.badRequest("a sender has up to " + MAX_SIZE + " bytes");
        }
        return name;
    }

    /** Empty if the data, which may be anything, names none; a {@link Disconnect} if what it names cannot be one. */
    static String in(@Nullable Payload data) {
        String json = data == null ? null : JsonText.of(data);
        String member = json == null ? null : JsonText.member(json, NAME);
        return member == null ? "" : checked(new JsonScanner(member).string());
    }
}
