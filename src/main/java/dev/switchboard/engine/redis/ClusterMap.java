package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Says which master owns each part, as one server of the cluster sees it.
 *
 * @param serves whether the cluster takes commands
 * @param epoch grows with each change that the cluster agrees on
 * @param owners by part; null where the cluster has no owner
 * @param servers all masters and replicas
 */
record ClusterMap(boolean serves, long epoch, List<@Nullable HostAndPort> owners, Set<HostAndPort> servers) {

    private static final Pattern EPOCH = Pattern.compile("cluster_current_epoch:(\\d+)");

    /** Asks one server, which {@code connection} leads to. */
    static ClusterMap read(RedisConnection connection, HostAndPort asked) throws IOException {
        try {
            String info = text(connection.ask(Command.CLUSTER, "INFO"));
            Matcher epoch = EPOCH.matcher(info);
            if (!epoch.find()) {
                throw new IOException(asked + " is no server of a cluster");
            }
            @Nullable HostAndPort[] owners = new HostAndPort[Partitions.COUNT];
            Set<HostAndPort> servers = new LinkedHashSet<>();
            for (Object range : (List<?>) Objects.requireNonNull(connection.ask(Command.CLUSTER, "SLOTS"))) {
                add((List<?>) range, asked, owners, servers);
            }
            return new ClusterMap(
                    info.contains("cluster_state:ok"), Long.parseLong(epoch.group(1)), Arrays.asList(owners), servers);
        } catch (JedisConnectionException | JedisDataException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void add(
            List<?> range, HostAndPort asked, @Nullable HostAndPort[] owners, Set<HostAndPort> servers) {
        long first = (Long) range.get(0);
        long last = (Long) range.get(1);
        HostAndPort master = server((List<?>) range.get(2), asked);
        for (int part = 0; part < Partitions.COUNT; part++) {
            if (Partitions.slot(part) >= first && Partitions.slot(part) <= last) {
                owners[part] = master;
            }
        }
        for (Object server : range.subList(2, range.size())) {
            servers.add(server((List<?>) server, asked));
        }
    }

    /** A server that does not know its own name leaves it out. */
    private static HostAndPort server(List<?> fields, HostAndPort asked) {
        String host = fields.get(0) == null ? "" : text(fields.get(0));
        int port = Math.toIntExact((Long) fields.get(1));
        return new HostAndPort(host.isEmpty() || host.equals("?") ? asked.getHost() : host, port);
    }

    private static String text(@Nullable Object value) {
        return new String((byte[]) Objects.requireNonNull(value), UTF_8);
    }
}
