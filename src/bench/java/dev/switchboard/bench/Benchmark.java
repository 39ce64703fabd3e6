package dev.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Runs all servers in all scenarios, in rounds, and writes the report. Its working directory is the
 * folder of the project.
 */
public final class Benchmark {

    private static final Path FOLDER = Path.of("target/bench");

    private final Options options;
    private final List<Server> servers;
    private final Results results = new Results();
    private final List<String> failures = new ArrayList<>();

    private Benchmark(Options options) {
        this.options = options;
        this.servers = Servers.on(options.jdks(), options.redis()).stream()
                .filter(options::wants)
                .toList();
    }

    /**
     * With the property {@code bench.micro}, runs the JMH benchmarks instead: all if it is "true",
     * or those whose names match.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException, RunnerException {
        Files.createDirectories(FOLDER);
        String micro = System.getProperty("bench.micro", "");
        if (!micro.isEmpty()) {
            Micro.run(micro.equals("true") ? "." : micro);
            return;
        }
        Benchmark benchmark = new Benchmark(Options.of(name -> System.getProperty(name, "")));
        benchmark.run();
        benchmark.report();
    }

    private void run() throws IOException, InterruptedException {
        Path logs = Files.createDirectories(FOLDER.resolve("logs"));
        for (int number = 1; number <= options.rounds(); number++) {
            try (Round round = new Round(options, logs)) {
                run(round, number);
            }
        }
    }

    private void run(Round round, int number) throws InterruptedException {
        for (Scenario scenario : Scenario.ALL) {
            for (Server server : servers) {
                if (options.wants(scenario) && scenario.isFor(server)) {
                    run(round, number, scenario, server);
                }
            }
        }
    }

    /**
     * Measures a server in a scenario. If the server fails, it has no figures there, and the
     * benchmark goes on.
     */
    private void run(Round round, int number, Scenario scenario, Server server) throws InterruptedException {
        String name = number + "/" + options.rounds() + " " + scenario.name() + " " + server.name();
        try {
            Map<Figure, Double> figures = round.run(server, scenario);
            results.add(new Measurement(number, server.name(), scenario.name(), figures));
            System.out.println(name + ": " + line(figures));
        } catch (IOException | RuntimeException failure) {
            String reason =
                    server.name() + " in " + scenario.name() + ", round " + number + ": " + failure.getMessage();
            failures.add(reason);
            System.out.println(reason);
        }
    }

    private static String line(Map<Figure, Double> figures) {
        StringBuilder line = new StringBuilder();
        figures.forEach((figure, value) -> line.append(line.isEmpty() ? "" : ", ")
                .append(String.format(Locale.ROOT, "%,." + figure.digits() + "f", value))
                .append(' ')
                .append(figure.title()));
        return line.toString();
    }

    /** Writes the report. Only a complete run writes the page in the docs. */
    private void report() throws IOException {
        Comparison comparison = new Comparison(Machine.here(options.jdks()), options, servers, results, failures);
        Path html = Path.of("target/benchmark.html");
        Path page = Path.of(options.isWhole() ? "src/docs/performance.md" : "target/performance.md");
        Files.writeString(html, Report.of(comparison));
        Files.writeString(page, Page.of(comparison));
        System.out.println("Written: " + html + ", " + page);
    }
}
