package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import redis.clients.jedis.Protocol;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Divides all channels into parts that a cluster of Redis spreads evenly: the slot of part
 * <i>n</i> lies in the <i>n</i>-th of as many equal ranges. The tags {@code 0} to {@code 127} would
 * leave some servers without a part.
 *
 * <p>All nodes must compute the same, now and in later versions: keys carry the tags.
 */
final class Partitions {

    static final int COUNT = 128;

    private static final int RANGE = Protocol.CLUSTER_HASHSLOTS / COUNT;
    private static final int RADIX = 36;

    private static final String[] TAGS = tags();

    private Partitions() {}

    private static String[] tags() {
        String[] tags = new String[COUNT];
        int missing = COUNT;
        for (int n = 0; missing > 0; n++) {
            String tag = Integer.toString(n, RADIX);
            int part = JedisClusterCRC16.getSlot(tag) / RANGE;
            if (tags[part] == null) {
                tags[part] = tag;
                missing--;
            }
        }
        return tags;
    }

    /** Returns the part of the channel, from 0. */
    static int of(String channel) {
        return (int) Long.remainderUnsigned(Hash.of(channel.getBytes(UTF_8)), COUNT);
    }

    /** Returns the part whose tag stands in the key or channel of Redis. */
    static int ofKey(byte[] key) {
        return JedisClusterCRC16.getSlot(key) / RANGE;
    }

    /** Returns the text that stands in braces in all keys of the part. */
    static String tag(int part) {
        return TAGS[part];
    }

    static int slot(int part) {
        return JedisClusterCRC16.getSlot(TAGS[part]);
    }
}
