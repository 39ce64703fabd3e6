package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import org.jspecify.annotations.Nullable;

/**
 * SenderName reads the name under which a subscriber publishes. A client gets no publication of its
 * own sender. The client chooses the name, and other clients do not see it.
 */
final class SenderName {

    /** The parameter in the URL of a raw client, and the member in the data of a subscribe. */
    static final String NAME = "sender";

    /** Maximum bytes of a name in UTF-8. */
    private static final int MAX_SIZE = 64;

    private SenderName() {}

    /** Returns the name. If it is too long, throws a {@link Disconnect}. */
    static String checked(String name) {
        if (isTooLong(name)) {
            throw Disconnect.badRequest("a sender has up to " + MAX_SIZE + " bytes");
        }
        return name;
    }

    private static boolean isTooLong(String name) {
        return Frame.utf8Size(name) > MAX_SIZE;
    }

    /**
     * Returns the name in the data of a subscribe, which may be any value. Returns an empty name if
     * there is none. If the name is too long, throws a {@link ClientError}.
     */
    static String in(@Nullable Payload data) {
        String json = data == null ? null : data.toJson();
        String member = json == null ? null : JsonText.member(json, NAME);
        if (member == null || !member.startsWith("\"")) {
            return ""; // the application has a member of this name
        }
        String name = JsonInput.read(member, JsonScanner::string);
        if (isTooLong(name)) {
            throw ClientError.BAD_REQUEST.because("the sender is no name of a sender");
        }
        return name;
    }
}
