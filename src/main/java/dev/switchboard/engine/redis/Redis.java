package dev.switchboard.engine.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import redis.clients.jedis.HostAndPort;

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
        Watch watch = new Watch();
        List<String> names = new ArrayList<>();
        List<ServerLink> links = new ArrayList<>();
        for (RedisUrl url : urls) {
            HostAndPort server = url.servers().get(0);
            names.add(server.toString());
            ServerLink link = new ServerLink(server.toString(), () -> server, url.login(), settings, listener);
            links.add(link);
            watch.add(link);
            link.start();
        }
        return new HashedRedis(names, links, watch::close);
    }

    /** Ends all connections and threads, and waits a moment for them. */
    @Override
    void close();
}
