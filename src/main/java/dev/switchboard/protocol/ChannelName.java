package dev.switchboard.protocol;

import dev.switchboard.model.Frame;
import org.jspecify.annotations.Nullable;

/** ChannelName checks the names of channels. */
final class ChannelName {

    private ChannelName() {}

    /** Maximum bytes of a name in UTF-8. */
    private static final int MAX_SIZE = 255;

    /**
     * The character that decoders put in place of bytes that are not UTF-8. Two different names
     * would become one channel.
     */
    private static final char REPLACEMENT = '\ufffd';

    /** Returns what is wrong with the name, or null. */
    static @Nullable String fault(String name) {
        if (name.isEmpty() || Frame.utf8Size(name) > MAX_SIZE) {
            return "a channel name has 1 to " + MAX_SIZE + " bytes";
        }
        if (name.indexOf(REPLACEMENT) >= 0) {
            return "the channel name is not UTF-8";
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            return "control character in the channel name";
        }
        return null;
    }
}
