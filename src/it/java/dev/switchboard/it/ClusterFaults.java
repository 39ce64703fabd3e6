package dev.switchboard.it;

import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.redis.RedisServer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets one part of {@link TwoNodes} after the other fail, as the failure catalogue (3.4) lists them.
 * Each step ends when both nodes are ready again.
 */
final class ClusterFaults implements AutoCloseable {

    private interface Step {
        void run() throws Exception;
    }

    private final TwoNodes nodes;
    private final List<Step> steps = new ArrayList<>();

    /** The server at which both nodes are. */
    private RedisServer master;

    /** Another server, which a step makes a copy of the master. */
    private RedisServer other = RedisServer.stopped();

    ClusterFaults(TwoNodes nodes) {
        this.nodes = nodes;
        this.master = nodes.redis;
        steps.addAll(List.of(
                this::takeSnapshot, // the snapshot is old when Redis restarts from it
                this::restartFromSnapshot,
                () -> master.ask("SCRIPT", "FLUSH"),
                () -> master.ask("CLIENT", "KILL", "TYPE", "pubsub"),
                this::copyMaster, // the copy lags when it is promoted
                this::promoteCopy,
                this::openHole,
                this::freezeRedis,
                this::deleteMeta,
                this::freezeNode,
                this::copyMaster,
                this::visitCopy,
                () -> nodes.restart(0),
                this::fillMemory,
                this::restartEmpty));
    }

    int count() {
        return steps.size();
    }

    /** Runs the next step; call it {@link #count} times. */
    void strike() {
        try {
            steps.remove(0).run();
            nodes.awaitReady();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void takeSnapshot() {
        master.ask("SAVE");
    }

    private void restartFromSnapshot() {
        master.kill();
        master.start();
    }

    private void restartEmpty() throws Exception {
        master.kill();
        Files.deleteIfExists(master.folder().resolve("dump.rdb"));
        master.start();
    }

    private void copyMaster() {
        RedisServer copy = RedisServer.stopped();
        copy.start();
        copy.ask("REPLICAOF", "127.0.0.1", "" + master.port());
        await().atMost(Duration.ofSeconds(20))
                .until(() -> copy.ask("INFO", "replication").contains("master_link_status:up"));
        copy.ask("REPLICAOF", "NO", "ONE");
        other.close();
        other = copy;
    }

    private void promoteCopy() {
        master.kill();
        RedisServer before = master;
        master = other;
        other = before;
        lead(0, master);
        lead(1, master);
    }

    /** Two masters are alive. What is published at the wrong one is lost, so nothing is. */
    private void visitCopy() {
        lead(1, other);
        nodes.awaitReady();
        lead(1, master);
    }

    private void lead(int node, RedisServer server) {
        nodes.way(node).lead(server.port());
        nodes.way(node).cut();
    }

    private void openHole() {
        nodes.way(0).hole(true);
        nodes.awaitUnready(0);
        nodes.way(0).hole(false);
    }

    private void freezeRedis() {
        master.freeze();
        nodes.awaitUnready(0);
        nodes.awaitUnready(1);
        master.thaw();
    }

    private void freezeNode() throws Exception {
        nodes.node(1).signal("STOP");
        await().pollDelay(Duration.ofSeconds(4)).until(() -> true); // the time that a node stands still
        nodes.node(1).signal("CONT");
    }

    /** Deletes what Redis knows of the streams beside their publications. */
    private void deleteMeta() {
        for (String key : master.ask("KEYS", "switchboard:m:*").split("\n", -1)) {
            master.ask("DEL", key);
        }
    }

    private void fillMemory() {
        master.ask("CONFIG", "SET", "maxmemory", "1");
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true); // the time without room
        master.ask("CONFIG", "SET", "maxmemory", "0");
    }

    @Override
    public void close() {
        other.close();
        master.close();
    }
}
