package dev.switchboard.engine.redis;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.exceptions.JedisDataException;

/** A cluster of three masters with the slots divided evenly, and perhaps a replica of the first one. */
public final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final int MASTERS = 3;

    private final List<RedisServer> masters = new ArrayList<>();
    private final List<RedisServer> replicas = new ArrayList<>();

    /** Starts a cluster, and waits until each server knows it. */
    public static RedisCluster started(int replicas) {
        RedisCluster cluster = new RedisCluster();
        for (int i = 0; i < MASTERS + replicas; i++) {
            int bus = RedisServer.freePort();
            RedisServer server = RedisServer.started(
                    "cluster-enabled yes",
                    "cluster-port " + bus,
                    "cluster-node-timeout 1000",
                    "repl-diskless-sync-delay 0");
            if (i < MASTERS) {
                String first = Integer.toString(i * SLOTS / MASTERS);
                String last = Integer.toString((i + 1) * SLOTS / MASTERS - 1);
                server.ask("CLUSTER", "ADDSLOTSRANGE", first, last);
                server.ask("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            }
            (i < MASTERS ? cluster.masters : cluster.replicas).add(server);
            cluster.masters
                    .get(0)
                    .ask("CLUSTER", "MEET", "127.0.0.1", Integer.toString(server.port()), Integer.toString(bus));
        }
        await().atMost(Duration.ofSeconds(30)).until(cluster::isComplete);
        for (RedisServer replica : cluster.replicas) {
            replica.ask("CLUSTER", "REPLICATE", cluster.masters.get(0).ask("CLUSTER", "MYID"));
            await().until(() -> replica.ask("INFO", "replication").contains("master_link_status:up"));
        }
        return cluster;
    }

    private boolean isComplete() {
        int all = masters.size() + replicas.size();
        return servers().allMatch(server -> {
            String info = server.ask("CLUSTER", "INFO");
            return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + all);
        });
    }

    private Stream<RedisServer> servers() {
        return Stream.concat(masters.stream(), replicas.stream());
    }

    public String url() {
        return masters.stream()
                .map(server -> "127.0.0.1:" + server.port())
                .collect(Collectors.joining(",", "redis+cluster://", ""));
    }

    public RedisServer master(int index) {
        return masters.get(index);
    }

    /** Returns the master that owns the slot of the key. */
    public RedisServer ownerOf(String key) {
        return servers()
                .filter(server -> server.ask("INFO", "replication").contains("role:master"))
                .filter(server -> {
                    try {
                        server.ask("GET", key);
                        return true;
                    } catch (JedisDataException error) {
                        return !String.valueOf(error.getMessage()).startsWith("MOVED");
                    }
                })
                .findFirst()
                .orElseThrow();
    }

    /** Moves the slot of the key, and all that it holds, to another master. */
    public void move(String key, RedisServer from, RedisServer to) {
        String slot = from.ask("CLUSTER", "KEYSLOT", key);
        String source = from.ask("CLUSTER", "MYID");
        String target = to.ask("CLUSTER", "MYID");
        to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source);
        from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target);
        for (String each : from.ask("CLUSTER", "GETKEYSINSLOT", slot, "1000").split("\n", -1)) {
            if (!each.isEmpty()) {
                from.ask("MIGRATE", "127.0.0.1", Integer.toString(to.port()), each, "0", "5000");
            }
        }
        to.ask("CLUSTER", "SETSLOT", slot, "NODE", target);
        from.ask("CLUSTER", "SETSLOT", slot, "NODE", target);
    }

    @Override
    public void close() {
        servers().forEach(RedisServer::close);
    }
}
