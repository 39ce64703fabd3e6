package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import org.jspecify.annotations.Nullable;

/** As whom a subscriber publishes, so that its own does not come back to it: a name that it makes up and keeps to itself. */
final class SenderName {

    /** What raw clients call it in their URL, others in the data of their subscribe. */
    static final String NAME = "sender";

    /** In bytes of UTF-8. */
    private static final int MAX_SIZE = 64;

    private SenderName() {}

    /** The name, unless it is too long: then a {@link Disconnect}. */
    static String checked(String name) {
        if (isTooLong(name)) {
            throw Disconnect.badRequest("a sender has up to " + MAX_SIZE + " bytes");
        }
        return name;
    }

    private static boolean isTooLong(String name) {
        return Frame.utf8Size(name) > MAX_SIZE;
    }

    /** Empty if the data, which may be anything, names none; a {@link ClientError} if the name is too long. */
    static String in(@Nullable Payload data) {
        String json = data == null ? null : data.toJson();
        String member = json == null ? null : JsonText.member(json, NAME);
        if (member == null || !member.startsWith("\"")) { // something else that the application calls so
            return "";
        }
        String name = JsonInput.read(member, JsonScanner::string);
        if (isTooLong(name)) {
            throw ClientError.BAD_REQUEST;
        }
        return name;
    }
}
