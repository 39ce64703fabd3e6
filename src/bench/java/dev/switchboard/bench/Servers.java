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
    private static final Path RULES = Path.of("src/bench/rules.json");

    private Servers() {}

    /** Returns the servers. The yardstick is the first. */
    static List<Server> on(List<Jdk> jdks) {
        Jdk first = jdks.get(0);
        List<Server> servers = new ArrayList<>();
        servers.add(java(Server.YARDSTICK, "yardstick: one write per recipient", first, Yardstick.class, "yardstick"));
        for (Jdk jdk : jdks) {
            boolean alone = jdk.equals(first);
            servers.add(new Server(
                    alone ? "switchboard" : "switchboard-" + jdk.feature(),
                    "Switchboard on Java " + jdk.feature(),
                    Kind.SWITCHBOARD,
                    port -> switchboard(jdk, port),
                    "/health/ready"));
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

    private static List<String> switchboard(Jdk jdk, int port) {
        return List.of(
                jdk.tool("java"),
                "-Dswitchboard.rules=" + RULES.toAbsolutePath(),
                "-jar",
                WAR.toString(),
                "--port",
                String.valueOf(port));
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
