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

/** One run of {@code java -jar switchboard.war}, and what it prints. */
final class CommandLine implements AutoCloseable {

    /** What a server prints as soon as it can be asked, with its page. */
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

    /** Arguments that begin with {@code -D} or {@code -X} go to the JVM. */
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

    /** A server on a free port, when it runs. */
    static CommandLine server(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--port");
        all.add("0");
        return serverAt(all.toArray(String[]::new));
    }

    /** A server on the port that the arguments say, when it runs. */
    static CommandLine serverAt(String... arguments) throws IOException {
        return whenRunning(run(arguments));
    }

    /** A server on a free port that may have no more than this many files open. */
    static CommandLine serverWithFiles(int files, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--port", "0"));
        List<String> command =
                new ArrayList<>(List.of("bash", "-c", "ulimit -n " + files + " && exec \"$@\"", "limited"));
        command.addAll(command(Path.of(System.getProperty("war")), all.toArray(String[]::new)));
        return whenRunning(new CommandLine(command, Map.of()));
    }

    /** A server out of another file than the one that ships, on a free port. */
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

    /** Of a server: the page it asks to open. */
    URI url() {
        Matcher matcher = RUNNING.matcher(out());
        assertThat(matcher.find()).isTrue();
        return URI.create(matcher.group(1));
    }

    /** Of a server: a channel's address. */
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

    /** What an option of its JVM is set to by now. */
    String option(String name) throws IOException {
        Matcher option = Pattern.compile("\\b" + name + "\\s+=\\s+(\\S+)").matcher(tell("VM.flags", "-all"));
        assertThat(option.find()).as(name).isTrue();
        return option.group(1);
    }

    /** Its JVM collects what is not in use. */
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

    /** Waits for its end. */
    int status() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it has ended").isTrue();
        out.reader.join();
        err.reader.join();
        return process.exitValue();
    }

    /** Asks it to end, as {@code kill} does; unlike {@code Process.destroy} this leaves its output to be read. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Sends it a signal, {@code STOP} for instance. */
    void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** What it has used of the processors up to now. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
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
