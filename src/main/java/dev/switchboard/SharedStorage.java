package dev.switchboard;

import dev.switchboard.cluster.ChannelCluster;
import dev.switchboard.engine.redis.RedisStorage;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;
import java.time.InstantSource;

/** Keeps streams and facts in Redis, for the nodes that share it. */
final class SharedStorage implements Storage {

    private final RedisStorage redis;
    private final ChannelCluster cluster;

    /** {@code uid} is the id of this node, another one with each start. */
    SharedStorage(Settings settings, String uid, Threads threads) {
        redis = new RedisStorage(
                settings.engine().redis(),
                uid,
                InstantSource.system(),
                System::nanoTime,
                threads.watchdog(),
                threads.writers());
        cluster = new ChannelCluster(redis.engine(), uid, System::nanoTime, threads.writers());
    }

    @Override
    public Engine engine() {
        return cluster.engine();
    }

    @Override
    public Ledger ledger() {
        return redis.ledger();
    }

    @Override
    public Cluster cluster() {
        return cluster;
    }

    @Override
    public void close() {
        redis.close();
    }
}
