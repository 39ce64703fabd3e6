package dev.switchboard.engine.redis;

/**
 * Says where a channel lives.
 *
 * @param link leads to the server that owns it
 * @param tag hash tag that all keys and the announcements of the channel share, without braces;
 *     empty if the server owns all keys. Nothing before it in a key may contain braces
 * @param sharded whether scripts announce with {@code SPUBLISH} instead of {@code PUBLISH}
 */
record Place(Link link, String tag, boolean sharded) {}
