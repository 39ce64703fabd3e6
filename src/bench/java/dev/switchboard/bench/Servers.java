package dev.switchboard.bench;

import dev.switchboard.bench.Server.Kind;
import dev.switchboard.bench.server.NaiveTomcat;
import dev.switchboard.bench.server.NaiveUndertow;
import dev.switchboard.bench.server.VertxServer;
import dev.switchboard.bench.server.Yardstick;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists the servers and their commands. All files that they need are in the folder of the build.
 */
final class Servers {

    private static final Path LIBRARIES = Path.of("target/bench/lib");
    private static final Path CLASSES = Path.of("target/bench/test-classes");
    private static final Path WAR = Path.of("target/switchboard.war");
    private static final Path NODE = Path.of("src/bench/node");
    private static final Path LOGS = Path.of("target/bench/streams");

    /** More than the largest log of a scenario. */
    private static final long HISTORY_BYTES = 4L << 30;

    private static final Path RULES = Path.of("src/bench/rules.json");

    private Servers() {}

    /**
     * Returns the servers. The yardstick is the first. With the URL of a Redis, which is not empty,
     * the relay also runs on that Redis.
     */
    static List<Server> on(List<Jdk> jdks, String redis) {
        Jdk first = jdks.get(0);
        List<Server> servers = new ArrayList<>();
        servers.add(java(Server.YARDSTICK, "yardstick: one write per recipient", first, Yardstick.class, "yardstick"));
        for (Jdk jdk : jdks) {
            boolean alone = jdk.equals(first);
            servers.add(new Server(
                    alone ? "switchboard" : "switchboard-" + jdk.feature(),
                    "Switchboard on Java " + jdk.feature(),
                    Kind.SWITCHBOARD,
                    port -> switchboard(jdk, port, List.of()),
                    "/health/ready"));
        }
        for (String sync : List.of("os", "interval", "always")) {
            servers.add(new Server(
                    withLog("switchboard", sync),
                    "Switchboard with a log, `sync=" + sync + "`",
                    sync.equals("os") ? Kind.WITH_LOG : Kind.WITH_FLUSHED_LOG,
                    port -> switchboard(
                            first,
                            port,
                            List.of(
                                    "-Dswitchboard.engine=file",
                                    "-Dswitchboard.engine.sync=" + sync,
                                    "-Dswitchboard.engine.path="
                                            + log(withLog("switchboard", sync)).toAbsolutePath(),
                                    "-Dswitchboard.history.bytes=" + HISTORY_BYTES)),
                    "/health/ready"));
        }
        if (!redis.isEmpty()) {
            servers.add(withRedis("redis", "Switchboard with Redis", first, redis, 1));
            servers.add(withRedis("redis-2", "two nodes of Switchboard with Redis", first, redis, 2));
        }
        servers.add(java("tomcat", "naive endpoint on Tomcat", first, NaiveTomcat.class, "tomcat"));
        servers.add(java("undertow", "naive endpoint on Undertow", first, NaiveUndertow.class, "undertow"));
        servers.add(java("vertx", "Vert.x", first, VertxServer.class, "vertx"));
        servers.add(new Server(
                "ws",
                "Node with ws",
                Kind.OTHER,
                port -> List.of("node", NODE.resolve("ws.js").toString(), String.valueOf(port)),
                ""));
        return servers;
    }

    private static Server withRedis(String name, String title, Jdk jdk, String url, int nodes) {
        List<String> settings = List.of(
                "-Dswitchboard.engine=redis",
                "-Dswitchboard.redis.url=" + url,
                "-Dswitchboard.redis.prefix=bench-" + name);
        return new Server(
                "switchboard-" + name,
                title,
                Kind.WITH_REDIS,
                port -> switchboard(jdk, port, settings),
                "/health/ready",
                nodes);
    }

    /** Returns the name of a relay with a log. */
    static String withLog(String relay, String sync) {
        return relay + "-" + sync;
    }

    /** Returns the folder of the log of a server. */
    static Path log(String server) {
        return LOGS.resolve(server);
    }

    private static List<String> switchboard(Jdk jdk, int port, List<String> settings) {
        List<String> command =
                new ArrayList<>(List.of(jdk.tool("java"), "-Dswitchboard.rules=" + RULES.toAbsolutePath()));
        command.addAll(settings);
        command.addAll(List.of("-jar", WAR.toString(), "--port", String.valueOf(port)));
        return command;
    }

    private static Server java(String name, String title, Jdk jdk, Class<?> main, String libraries) {
        String classPath = CLASSES + File.pathSeparator + LIBRARIES.resolve(libraries) + "/*";
        return new Server(
                name,
                title,
                Kind.OTHER_JAVA,
                port -> List.of(jdk.tool("java"), "-cp", classPath, main.getName(), String.valueOf(port)),
                "");
    }
}
