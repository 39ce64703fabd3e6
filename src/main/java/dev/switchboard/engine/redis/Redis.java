package dev.switchboard.engine.redis;

import java.util.Collection;
import java.util.List;

/** Is one server or several, seen as one. Any thread may call the methods; none of them blocks. */
interface Redis extends AutoCloseable {

    /**
     * Returns where the channel lives. That can change when servers fail or slots move, so ask
     * each time.
     */
    Place place(String channel);

    /** Returns the links that exist now. */
    Collection<Link> links();

    /** Returns why Redis cannot be relied on, for an operator; empty if it can. */
    default String fault() {
        return links().stream()
                .map(Link::fault)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    /**
     * Connects to the servers in the background, and for ever: they may be down now. {@code
     * listener} hears of all links.
     */
    static Redis open(List<RedisUrl> urls, LinkSettings settings, Link.Listener listener) {
        RedisUrl first = urls.get(0);
        if (first.kind() == RedisUrl.Kind.CLUSTER) {
            ClusterRedis cluster = new ClusterRedis(first, settings, listener);
            cluster.start();
            return cluster;
        }
        HashedRedis redis = new HashedRedis(urls, settings, listener);
        redis.start();
        return redis;
    }

    /** Ends all connections and threads, and waits a moment for them. */
    @Override
    void close();
}
