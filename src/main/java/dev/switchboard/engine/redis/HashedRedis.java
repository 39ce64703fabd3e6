package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;
import java.util.List;

/**
 * Spreads the channels over servers that know nothing of one another, by rendezvous hashing: a
 * server that is added takes an equal share from each of the others, and nothing else moves.
 */
final class HashedRedis implements Redis {

    private final List<String> names;
    private final List<ServerLink> links;
    private final Runnable stop;

    /** {@code stop} ends what looks after the links; it runs first when this is closed. */
    HashedRedis(List<String> names, List<ServerLink> links, Runnable stop) {
        this.names = List.copyOf(names);
        this.links = List.copyOf(links);
        this.stop = stop;
    }

    @Override
    public Place place(String channel) {
        return new Place(links.get(links.size() == 1 ? 0 : best(channel)), "", false);
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
        return List.copyOf(links);
    }

    @Override
    public void close() {
        stop.run();
        links.forEach(ServerLink::close);
    }
}
