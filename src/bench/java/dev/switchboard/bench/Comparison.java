package dev.switchboard.bench;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The content of a report.
 *
 * @param servers the servers of the run; the yardstick is the first, if it is one of them
 * @param failures the runs without figures, with the reason
 */
record Comparison(Machine machine, Options options, List<Server> servers, Results results, List<String> failures) {

    /** The figures of speed. The others count faults and memory, and have no ratio. */
    private static final Set<Figure> COMPARED =
            EnumSet.of(Figure.DELIVERIES, Figure.CPU, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.MAX);

    /** Returns the servers with figures in the scenario. */
    List<Server> in(Scenario scenario) {
        return servers.stream()
                .filter(server -> Stream.of(Figure.values())
                        .anyMatch(figure -> median(server, scenario, figure).isPresent()))
                .toList();
    }

    List<Server> relays() {
        return servers.stream().filter(Server::isRelay).toList();
    }

    List<Scenario> scenarios() {
        return Scenario.ALL.stream().filter(scenario -> !in(scenario).isEmpty()).toList();
    }

    OptionalDouble median(Server server, Scenario scenario, Figure figure) {
        return results.median(server.name(), scenario, figure);
    }

    /** Returns the ratio to the yardstick; empty if the figure is not compared. */
    OptionalDouble ratio(Server server, Scenario scenario, Figure figure) {
        return !COMPARED.contains(figure)
                ? OptionalDouble.empty()
                : results.ratio(server.name(), scenario, figure, Server.YARDSTICK, scenario);
    }

    /** Returns the text of a table's cell; a dash if there is no figure. */
    String text(Server server, Scenario scenario, Figure figure) {
        OptionalDouble median = median(server, scenario, figure);
        return median.isEmpty() ? "–" : number(median.getAsDouble(), figure.digits());
    }

    /** Returns the text of a table's cell with the ratio to the yardstick. */
    String textWithRatio(Server server, Scenario scenario, Figure figure) {
        OptionalDouble ratio = ratio(server, scenario, figure);
        String text = text(server, scenario, figure);
        return ratio.isEmpty() ? text : text + " (" + number(ratio.getAsDouble(), 2) + ")";
    }

    private static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
