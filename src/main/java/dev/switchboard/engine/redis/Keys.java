package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Names the keys and channels of one relay in Redis. All names of a channel share its hash tag. */
final class Keys {

    private final String prefix;

    /**
     * {@code prefix} begins each name.
     *
     * @throws IllegalArgumentException if it has braces, which are for hash tags
     */
    Keys(String prefix) {
        if (prefix.contains("{") || prefix.contains("}")) {
            throw new IllegalArgumentException("the prefix of keys in Redis must not contain braces: " + prefix);
        }
        this.prefix = prefix;
    }

    private byte[] name(Place place, String kind, String name) {
        String tag = place.tag().isEmpty() ? ":" : ":{" + place.tag() + "}:";
        return (prefix + tag + kind + ":" + name).getBytes(UTF_8);
    }

    /** Names the hash with epoch, offset and version of a stream. */
    byte[] meta(Place place, String channel) {
        return name(place, "m", channel);
    }

    /** Names the stream of the publications that the history keeps. */
    byte[] stream(Place place, String channel) {
        return name(place, "s", channel);
    }

    /** Names the record of an idempotency key. */
    byte[] answer(Place place, String channel, String key) {
        return name(place, "k", channel.length() + ":" + channel + ":" + key);
    }

    /** Names the hash with the clients of a channel. */
    byte[] clients(Place place, String channel) {
        return name(place, "p", channel);
    }

    /** Names the hash with the nodes whose clients are in a channel. */
    byte[] nodes(Place place, String channel) {
        return name(place, "n", channel);
    }

    /** Names the channel of Redis that carries the events of a channel. */
    byte[] events(Place place, String channel) {
        return name(place, "c", channel);
    }

    /** Names the hash with the facts of one kind. */
    byte[] facts(Place place, String kind) {
        return name(place, "f", kind);
    }

    /** Names the key that says which change of these facts was the last one. */
    byte[] change(Place place, String kind) {
        return name(place, "v", kind);
    }

    /** Names the channel of Redis that carries facts. */
    byte[] news(Place place) {
        return name(place, "l", "");
    }

    byte[] claim(Place place, String kind, String name) {
        return name(place, "u", kind.length() + ":" + kind + ":" + name);
    }
}
