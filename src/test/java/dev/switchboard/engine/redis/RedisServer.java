package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * A process of Redis, 7.0.15 unless another program is named, on a port and in a folder of its own. {@link #start} begins it again on
 * the same port and in the same folder, whatever ended it. Closing it ends the process and deletes
 * the folder.
 */
public final class RedisServer implements AutoCloseable {

    /** Below the ports of outgoing connections: one of those could otherwise connect to itself. */
    private static final int MIN_PORT = 20_000;

    private static final int MAX_PORT = 32_000;

    /** The oldest version that has all commands of the relay. */
    private static final int OLDEST_VERSION = 7;

    private static final Pattern VERSION = Pattern.compile("v=(\\d+)");

    private static final long START_SECONDS = 20;

    private static final System.Logger LOG = System.getLogger(RedisServer.class.getName());

    private final Path program;
    private final Path folder;
    private final int port;
    private final List<String> lines;
    private @Nullable Process process;

    private RedisServer(Path program, int port, List<String> lines) {
        this.program = program;
        this.port = port;
        this.lines = lines;
        try {
            folder = Files.createTempDirectory(Files.createDirectories(Path.of("target", "redis")), "server-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::destroy));
    }

    /** Starts a server with these lines in its configuration, and waits until it answers. */
    public static RedisServer started(String... lines) {
        RedisServer server = stopped(lines);
        server.start();
        return server;
    }

    /** Starts a server of another program, and waits until it answers. */
    static RedisServer started(Path program) {
        RedisServer server = new RedisServer(program, freePort(), List.of());
        server.start();
        return server;
    }

    /** Returns a server that does not run yet. */
    public static RedisServer stopped(String... lines) {
        return new RedisServer(program(), freePort(), List.of(lines));
    }

    /** Returns a port of loopback that nothing uses now. */
    public static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                LOG.log(System.Logger.Level.DEBUG, "port {0} is taken", port);
            }
        }
    }

    public int port() {
        return port;
    }

    /** Returns the URL of the server, without a user. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Returns the folder with the snapshot {@code dump.rdb} and the log {@code redis.log}. */
    public Path folder() {
        return folder;
    }

    /** Starts the server, and waits until it answers. */
    public void start() {
        start(List.of());
    }

    /** Starts the server as a sentinel, and waits until it answers. */
    void startAsSentinel() {
        start(List.of("--sentinel"));
    }

    private void start(List<String> options) {
        List<String> all = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "logfile redis.log"));
        if (options.isEmpty()) {
            all.addAll(List.of("save \"\"", "enable-debug-command local"));
        }
        all.addAll(lines);
        try {
            Path configuration = folder.resolve("redis.conf");
            if (options.isEmpty() || !Files.exists(configuration)) { // a sentinel writes into it
                Files.write(configuration, all, UTF_8);
            }
            List<String> command = new ArrayList<>(List.of(program.toString(), "redis.conf"));
            command.addAll(options);
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output.log").toFile())
                    .start();
            await();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void await() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try {
                ask("PING");
                return;
            } catch (JedisConnectionException notYet) {
                if (!running().isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("Redis does not start: " + output(), notYet);
                }
            } catch (JedisDataException error) { // a wrong password or LOADING
                if (!String.valueOf(error.getMessage()).startsWith("LOADING")) {
                    return;
                }
            }
            pause();
        }
    }

    private String output() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String name : List.of("output.log", "redis.log")) {
            Path file = folder.resolve(name);
            text.append(Files.exists(file) ? Files.readString(file) : "");
        }
        return text.toString();
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives a command as the default user, and returns the reply as text, with a line for each part. */
    public String ask(String... command) {
        return askAs("", "", command);
    }

    /** Gives a command as that user; an empty user is the default user without a password. */
    public String askAs(String user, String password, String... command) {
        try (Connection connection = new Connection("127.0.0.1", port)) {
            if (!user.isEmpty()) {
                send(connection, "AUTH", user, password);
            }
            return text(send(connection, command));
        }
    }

    private static @Nullable Object send(Connection connection, String... command) {
        String[] arguments = List.of(command).subList(1, command.length).toArray(String[]::new);
        connection.sendCommand(() -> command[0].getBytes(UTF_8), arguments);
        return connection.getOne();
    }

    private static String text(@Nullable Object reply) {
        if (reply instanceof byte[] bytes) {
            return new String(bytes, UTF_8);
        }
        if (reply instanceof List<?> parts) {
            return String.join("\n", parts.stream().map(RedisServer::text).toList());
        }
        return String.valueOf(reply);
    }

    /** Ends the process at once, as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        try {
            running().destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the process where it is: its sockets stay open, and nothing answers. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets a frozen process go on. */
    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(running().pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException("the server was never started");
        }
        return process;
    }

    private void destroy() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the program, which is unpacked once. */
    public static synchronized Path program() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String machine = System.getProperty("os.arch").matches("aarch64|arm64") ? "arm64" : "amd64";
        String name = "redis-server-7.0.15-" + system + "-" + machine;
        Path program = Path.of("target", "redis", name).toAbsolutePath();
        if (!Files.exists(program)) {
            try {
                unpack(name, program);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
        return program;
    }

    private static void unpack(String name, Path program) throws IOException {
        Files.createDirectories(program.getParent());
        Path part = Files.createTempFile(program.getParent(), name, ".part");
        try (InputStream packed = RedisServer.class.getResourceAsStream("/" + name)) {
            if (packed == null) {
                throw new IOException("no " + name + " among the dependencies");
            }
            Files.copy(packed, part, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(part, program, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns the program of 7.0.15, and newer programs of Redis and Valkey that this machine has. */
    static List<Path> programs() throws IOException {
        List<Path> programs = new ArrayList<>(List.of(program()));
        Set<Path> real = new HashSet<>();
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            for (String name : List.of("redis-server", "valkey-server")) {
                Path program = Path.of(folder, name);
                if (!folder.isEmpty()
                        && Files.isExecutable(program)
                        && real.add(program.toRealPath())
                        && version(program) >= OLDEST_VERSION) {
                    programs.add(program);
                }
            }
        }
        return programs;
    }

    /** Returns the first number of the version. */
    private static int version(Path program) throws IOException {
        Process process = new ProcessBuilder(program.toString(), "--version").start();
        try (InputStream output = process.getInputStream()) {
            Matcher version = VERSION.matcher(new String(output.readAllBytes(), UTF_8));
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        }
    }
}
