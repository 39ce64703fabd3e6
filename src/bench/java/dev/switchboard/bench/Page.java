package dev.switchboard.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a run as a page of the docs, in Markdown. */
final class Page {

    private static final String HEAD = """
            # Performance

            `./mvnw -f src/bench/pom.xml verify` writes this page and `target/benchmark.html`. Absolute figures are those of one machine at one time. Compare
            the ratios to the yardstick, in brackets.

            """;

    private static final String METHOD = """
            ## Method

            * The **yardstick** is a server that does only what every relay must do: one `write` for each recipient, from one thread, framed once (`src/bench`, Java NIO).
              Most of the work of forwarding is that write. A relay that writes once for each message and recipient cannot be faster than the yardstick; a relay that
              joins waiting messages can. The same program in C took 0.78 to 0.88 of its CPU for each delivery when both were measured side by side.
            * A round is one run of each server in each scenario, one after the other, on the loopback interface. Ratios are taken within a round, and all figures are
              medians over the rounds.
            * Each server has one process for a round. Before the first measurement, it has forwarded messages of one client to 10,000 at full speed. A relay runs for
              weeks; only S tells what it does in its first seconds, while it is compiled. F, G0 and G measure memory, and have a new process each time; that of G0
              and G is warmed up with the same messages at full speed.
            * When a load has ended, the next one begins after all clients have left and the server is idle.
            * The load comes from one process beside the server, with the code of `java -jar switchboard.war bench`. It counts lost, doubled and disordered deliveries.
            * CPU is the time of all threads of the server's process in the measured time, in user and kernel mode, for each delivery. On the loopback interface the
              sender also pays for the receiver's half of the network.
            * Latency is the time from when a message was due to when it was read. Memory is the resident set; for idle connections, 12 s after the last one came.
            * `Tomcat` and `Undertow` run the simplest endpoint: a concurrent set of peers, and for each peer a queue and one asynchronous send at a time.
            * The relay runs with its default settings, but without a history of channels, because its peers have none. P and H tell the cost of the JSON protocol
              and of a history.
            * H, H8 and K are also run with a [log](restarts.md). In K each delivery is one publication in a history, and each publisher waits for an answer. L is the
              start with publications of 1 KiB in 1,000 channels, whose files are still in the memory of the operating system.
              With `-Dbench.redis` they are also run with [Redis](cluster.md), and with two nodes; N shows the latency.
            * CometD and Socket.IO are left out: they have their own protocols, and the load generator speaks plain WebSocket and the client protocol.
            * Where the time goes, what was tried, and why a goal is not reached: [decision 28](decisions/0028-undertow-for-java-jar.md).
            """;

    private static final List<Scenario> FAN_OUT =
            List.of(Scenario.TEN, Scenario.B, Scenario.A, Scenario.C, Scenario.A8, Scenario.E);

    private final Comparison comparison;
    private final StringBuilder text = new StringBuilder(HEAD);

    private Page(Comparison comparison) {
        this.comparison = comparison;
    }

    static String of(Comparison comparison) {
        Page page = new Page(comparison);
        page.where();
        page.goals();
        page.figures();
        return page.text.append(METHOD).toString();
    }

    private void where() {
        Options options = comparison.options();
        text.append(comparison.machine())
                .append(". ")
                .append(options.rounds())
                .append(options.rounds() == 1 ? " round" : " rounds")
                .append(" of ")
                .append(options.time().toMillis() / 1000.0)
                .append(" s after ")
                .append(options.warmUp().toMillis() / 1000.0)
                .append(" s to warm up a process, and ")
                .append(options.settle().toMillis() / 1000.0)
                .append(" s of the load itself. The servers run on the first of the JDKs, and the relay on each.\n\n");
    }

    private void goals() {
        List<Server> relays = comparison.relays();
        text.append("## What is to be reached\n\n");
        row("scenario", "figure", "to reach", names(relays));
        row("---", "---", "---", relays.stream().map(server -> "---").toList());
        for (Goal goal : Goal.ALL) {
            row(
                    goal.scenario().name() + ": " + goal.scenario().title(),
                    goal.unit(),
                    goal.target(),
                    relays.stream()
                            .map(server -> goal.verdict(comparison.results(), server.name()))
                            .toList());
        }
        text.append('\n');
    }

    private static List<String> names(List<Server> servers) {
        return servers.stream().map(Server::title).toList();
    }

    private void figures() {
        text.append("## Figures\n\n");
        table(Figure.DELIVERIES, FAN_OUT);
        table(Figure.CPU, FAN_OUT);
        table(Scenario.D, List.of(Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.MAX, Figure.CPU));
        table(Scenario.F, List.of(Figure.RESIDENT, Figure.HEAP, Figure.OWN, Figure.CONNECTING));
        table(Scenario.G0, List.of(Figure.P50, Figure.P99, Figure.GROWTH, Figure.LOST));
        table(Scenario.G, List.of(Figure.P50, Figure.P99, Figure.GROWTH, Figure.LOST, Figure.GONE, Figure.CUT_OFF));
        for (Scenario json : List.of(Scenario.P, Scenario.P8, Scenario.H, Scenario.H8, Scenario.K, Scenario.N)) {
            table(json, List.of(Figure.DELIVERIES, Figure.CPU, Figure.P50, Figure.P99));
        }
        table(Scenario.S, List.of(Figure.START));
        table(Figure.START, List.of(Scenario.L0, Scenario.L100, Scenario.L1024));
        faults();
    }

    /** Writes one figure in many scenarios. */
    private void table(Figure figure, List<Scenario> scenarios) {
        List<Scenario> measured = scenarios.stream()
                .filter(scenario -> comparison.scenarios().contains(scenario))
                .toList();
        if (measured.isEmpty()) {
            return;
        }
        boolean compared = measured.stream()
                .anyMatch(scenario -> comparison.servers().stream()
                        .anyMatch(server ->
                                comparison.ratio(server, scenario, figure).isPresent()));
        text.append(figure.title()).append(compared ? " (× yardstick)\n\n" : "\n\n");
        cells(
                "server",
                measured.stream().map(each -> each.name() + ": " + each.title()).toList());
        cells("---", measured.stream().map(each -> "---:").toList());
        List<Server> servers = comparison.servers().stream()
                .filter(server -> measured.stream()
                        .anyMatch(scenario -> comparison.in(scenario).contains(server)))
                .toList();
        for (Server server : servers) {
            cells(
                    server.title(),
                    measured.stream()
                            .map(scenario -> comparison.textWithRatio(server, scenario, figure))
                            .toList());
        }
        text.append('\n');
    }

    /** Writes many figures in one scenario. */
    private void table(Scenario scenario, List<Figure> figures) {
        List<Server> servers = comparison.in(scenario);
        if (servers.isEmpty()) {
            return;
        }
        text.append(scenario.name()).append(": ").append(scenario.title()).append("\n\n");
        cells("server", figures.stream().map(Figure::title).toList());
        cells("---", figures.stream().map(figure -> "---:").toList());
        for (Server server : servers) {
            cells(
                    server.title(),
                    figures.stream()
                            .map(figure -> comparison.textWithRatio(server, scenario, figure))
                            .toList());
        }
        text.append('\n');
    }

    private void faults() {
        List<String> faults = comparison.results().all().stream()
                .filter(run -> faults(run) > 0)
                .map(run -> run.server() + " in " + run.scenario() + ", round " + run.round() + ": "
                        + Arrays.stream(new Figure[] {Figure.LOST, Figure.DOUBLED, Figure.DISORDERED})
                                .map(figure ->
                                        run.figures().getOrDefault(figure, 0.0).longValue() + " " + figure.title())
                                .collect(Collectors.joining(", ")))
                .toList();
        text.append(
                faults.isEmpty()
                        ? "In no run a delivery was lost, doubled or out of order.\n"
                        : "Deliveries that were lost, doubled or out of order:\n\n");
        faults.forEach(fault -> text.append("* ").append(fault).append('\n'));
        if (!comparison.failures().isEmpty()) {
            text.append("\nRuns without figures:\n\n");
            comparison
                    .failures()
                    .forEach(failure -> text.append("* ").append(failure).append('\n'));
        }
        text.append('\n');
    }

    private static double faults(Measurement run) {
        return run.figures().getOrDefault(Figure.LOST, 0.0)
                + run.figures().getOrDefault(Figure.DOUBLED, 0.0)
                + run.figures().getOrDefault(Figure.DISORDERED, 0.0);
    }

    private void row(String first, String second, String third, List<String> rest) {
        text.append("| ")
                .append(first)
                .append(" | ")
                .append(second)
                .append(" | ")
                .append(third);
        rest.forEach(cell -> text.append(" | ").append(cell));
        text.append(" |\n");
    }

    private void cells(String first, List<String> rest) {
        text.append("| ").append(first);
        rest.forEach(cell -> text.append(" | ").append(cell));
        text.append(" |\n");
    }
}
