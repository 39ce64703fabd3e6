package dev.switchboard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The options of the command line.
 *
 * @param rounds the number of rounds
 * @param warmUp the time for which a new process is under load before the first measurement
 * @param settle the time for which each load lasts before it is measured
 * @param time the measured time of each run; some scenarios multiply it
 * @param servers the servers to measure; empty for all
 * @param scenarios the scenarios to run; empty for all
 * @param jdks the JDKs: the relay runs on each of them, all other servers on the first
 * @param redis the URL of a Redis that nothing else uses; empty for none
 */
record Options(
        int rounds,
        Duration warmUp,
        Duration settle,
        Duration time,
        List<String> servers,
        List<String> scenarios,
        List<Jdk> jdks,
        String redis) {

    /** Reads the properties {@code bench.*}. A property that is absent or empty has its default. */
    static Options of(Function<String, String> properties) {
        return new Options(
                Integer.parseInt(text(properties, "bench.rounds", "5")),
                seconds(text(properties, "bench.warmup", "5")),
                seconds(text(properties, "bench.settle", "1.5")),
                seconds(text(properties, "bench.seconds", "2.5")),
                list(text(properties, "bench.servers", "")),
                list(text(properties, "bench.scenarios", "")),
                list(text(properties, "bench.java", System.getProperty("java.home"))).stream()
                        .map(home -> Jdk.of(Path.of(home)))
                        .toList(),
                text(properties, "bench.redis", ""));
    }

    private static String text(Function<String, String> properties, String name, String otherwise) {
        String value = properties.apply(name);
        return value.isBlank() ? otherwise : value.strip();
    }

    private static Duration seconds(String text) {
        return Duration.ofMillis(Math.round(Double.parseDouble(text) * 1000));
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.toUnmodifiableList());
    }

    boolean wants(Server server) {
        return servers.isEmpty() || servers.contains(server.name());
    }

    boolean wants(Scenario scenario) {
        return scenarios.isEmpty() || scenarios.contains(scenario.name());
    }

    /** Returns whether the run is complete: all servers and scenarios, at least five times. */
    boolean isWhole() {
        return servers.isEmpty() && scenarios.isEmpty() && rounds >= 5;
    }
}
