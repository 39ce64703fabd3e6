package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs {@code java -jar switchboard.war} and keeps its output. */
final class CommandLine implements AutoCloseable {

    /** The line that a server prints when it serves requests, with the URL of its page. */
    static final Pattern RUNNING = Pattern.compile("Switchboard is running, open (http://\\S+)");

    private final Process process;
    private final Output out;
    private final Output err;

    private static final class Output {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread reader;

        Output(InputStream stream) {
            reader = new Thread(() -> {
                try {
                    stream.transferTo(bytes);
                } catch (IOException closed) {
                    throw new UncheckedIOException(closed);
                }
            });
            reader.setDaemon(true);
            reader.start();
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private CommandLine(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        process = builder.start();
        out = new Output(process.getInputStream());
        err = new Output(process.getErrorStream());
    }

    /** Starts a process. Arguments that begin with {@code -D} or {@code -X} go to the JVM. */
    static CommandLine run(String... arguments) throws IOException {
        return run(Map.of(), arguments);
    }

    static CommandLine run(Map<String, String> environment, String... arguments) throws IOException {
        return new CommandLine(command(Path.of(System.getProperty("war")), arguments), environment);
    }

    private static List<String> command(Path war, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List.of(arguments).stream().filter(CommandLine::isForJvm).forEach(command::add);
        command.add("-jar");
        command.add(war.toString());
        List.of(arguments).stream().filter(argument -> !isForJvm(argument)).forEach(command::add);
        return command;
    }

    private static boolean isForJvm(String argument) {
        return argument.startsWith("-D") || argument.startsWith("-X");
    }

    /** Starts a server on a free port, and returns when it runs. */
    static CommandLine server(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--port");
        all.add("0");
        return serverAt(all.toArray(String[]::new));
    }

    /** Starts a server on the port of the arguments, and returns when it runs. */
    static CommandLine serverAt(String... arguments) throws IOException {
        return whenRunning(run(arguments));
    }

    /** Starts a server on a free port that can open only this number of files. */
    static CommandLine serverWithFiles(int files, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--port", "0"));
        List<String> command =
                new ArrayList<>(List.of("bash", "-c", "ulimit -n " + files + " && exec \"$@\"", "limited"));
        command.addAll(command(Path.of(System.getProperty("war")), all.toArray(String[]::new)));
        return whenRunning(new CommandLine(command, Map.of()));
    }

    /** Starts a server from another WAR file, on a free port. */
    static CommandLine serverOf(Path war, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--port", "0"));
        return whenRunning(new CommandLine(command(war, all.toArray(String[]::new)), Map.of()));
    }

    private static CommandLine whenRunning(CommandLine server) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> RUNNING.matcher(server.out()).find() || !server.process.isAlive());
        assertThat(server.process.isAlive()).as(server.err()).isTrue();
        return server;
    }

    /** Sets how many files the running process may open from now on. */
    void limitFiles(int files) throws IOException, InterruptedException {
        Process prlimit = new ProcessBuilder("prlimit", "--pid", Long.toString(process.pid()), "--nofile=" + files)
                .inheritIO()
                .start();
        assertThat(prlimit.waitFor()).isZero();
    }

    /** Returns the URL of the server's page. */
    URI url() {
        Matcher matcher = RUNNING.matcher(out());
        assertThat(matcher.find()).isTrue();
        return URI.create(matcher.group(1));
    }

    /** Returns the address of a channel of the server. */
    URI raw(String channel) {
        return URI.create(url().toString().replaceFirst("http", "ws") + "raw/" + channel);
    }

    String out() {
        return out.text();
    }

    String err() {
        return err.text();
    }

    void type(String input) throws IOException {
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
    }

    /** Returns the present value of an option of the process's JVM. */
    String option(String name) throws IOException {
        Matcher option = Pattern.compile("\\b" + name + "\\s+=\\s+(\\S+)").matcher(tell("VM.flags", "-all"));
        assertThat(option.find()).as(name).isTrue();
        return option.group(1);
    }

    /** Makes the process's JVM collect its garbage. */
    void collect() throws IOException {
        tell("GC.run");
    }

    private String tell(String... command) throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        List<String> line = new ArrayList<>(List.of(jcmd.toString(), String.valueOf(process.pid())));
        line.addAll(List.of(command));
        Process tool = new ProcessBuilder(line).start();
        try (InputStream answer = tool.getInputStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Waits for the end of the process, and returns its exit status. */
    int status() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("the process has ended")
                .isTrue();
        out.reader.join();
        err.reader.join();
        return process.exitValue();
    }

    /**
     * Asks the process to end, as {@code kill} does. Unlike after {@code Process.destroy}, its
     * output can still be read.
     */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Sends a signal to the process, for instance {@code STOP}. */
    void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Returns the CPU time that was used up to now. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Kills the process as {@code kill -9} does, and waits for its end. */
    void kill() {
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.onExit().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException stuck) {
            process.destroyForcibly();
        }
    }
}
