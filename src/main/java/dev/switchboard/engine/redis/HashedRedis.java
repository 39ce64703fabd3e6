package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import redis.clients.jedis.HostAndPort;

/**
 * Spreads the channels over servers that know nothing of one another, by rendezvous hashing: a
 * server that is added takes an equal share from each of the others, and nothing else moves.
 *
 * <p>Each server can be one that sentinels find.
 */
final class HashedRedis implements Redis {

    private final Link.Listener listener;
    private final Watch watch = new Watch();
    /** What the hash of a channel is combined with, so nodes must give the same URLs, in any order. */
    private final List<String> names = new ArrayList<>();

    private final List<Section> sections = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();
    private final List<Sentinels> sentinels = new ArrayList<>();

    HashedRedis(List<RedisUrl> urls, LinkSettings settings, Link.Listener listener) {
        this.listener = listener;
        for (RedisUrl url : urls) {
            Server server = url.kind() == RedisUrl.Kind.SENTINEL ? found(url, settings) : known(url, settings);
            Section section = new Section(listener, false);
            section.moveTo(server);
            servers.add(server);
            sections.add(section);
        }
    }

    private Server known(RedisUrl url, LinkSettings settings) {
        HostAndPort address = url.servers().get(0);
        names.add(address + "/" + url.login().database());
        return new Server(address.toString(), () -> address, url.login(), false, settings, new Owner());
    }

    private Server found(RedisUrl url, LinkSettings settings) {
        Sentinels all = new Sentinels(url, settings);
        sentinels.add(all);
        names.add(url.servers().stream().map(HostAndPort::toString).sorted().toList() + "/" + url.master() + "/"
                + url.login().database());
        Server server = new Server(url.master(), all, url.login(), false, settings, new Owner());
        all.watch(server);
        return server;
    }

    void start() {
        servers.forEach(server -> {
            watch.add(server);
            server.start();
        });
    }

    @Override
    public Place place(String channel) {
        return new Place(sections.get(sections.size() == 1 ? 0 : best(channel)), "", false);
    }

    private int best(String channel) {
        int best = 0;
        long highest = Long.MIN_VALUE;
        for (int i = 0; i < names.size(); i++) {
            long score = Hash.of((names.get(i) + "\n" + channel).getBytes(UTF_8));
            if (score > highest) {
                highest = score;
                best = i;
            }
        }
        return best;
    }

    @Override
    public Collection<Link> links() {
        return List.copyOf(sections);
    }

    @Override
    public void close() {
        Server.closeAll(servers);
        sentinels.forEach(Sentinels::close);
        watch.close();
    }

    private final class Owner implements Server.Owner {

        @Override
        public void message(Server from, byte[] channel, byte[] message) {
            listener.message(channel, message);
        }

        @Override
        public void unsubscribed(Server from, byte[] channel) {
            // Nothing but the relay itself ends a subscription of a server without a cluster.
        }

        @Override
        public void moved() {
            // The server is found anew for each connection.
        }
    }
}
