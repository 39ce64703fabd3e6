package dev.switchboard.bench;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All there is to report of a run.
 *
 * @param servers that took part, the yardstick first if it did
 * @param failures runs that have no figures, with the reason
 */
record Comparison(Machine machine, Options options, List<Server> servers, Results results, List<String> failures) {

    /** What grows with the load, and not with what goes wrong. */
    private static final Set<Figure> COMPARED =
            EnumSet.of(Figure.DELIVERIES, Figure.CPU, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.MAX);

    /** Those that have figures in it. */
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

    /** To the yardstick; empty if such a figure is not compared. */
    OptionalDouble ratio(Server server, Scenario scenario, Figure figure) {
        return !COMPARED.contains(figure)
                ? OptionalDouble.empty()
                : results.ratio(server.name(), scenario, figure, Server.YARDSTICK, scenario);
    }

    /** As the tables have it; a dash for what was not measured. */
    String text(Server server, Scenario scenario, Figure figure) {
        OptionalDouble median = median(server, scenario, figure);
        return median.isEmpty() ? "–" : number(median.getAsDouble(), figure.digits());
    }

    /** The same with its ratio to the yardstick. */
    String textWithRatio(Server server, Scenario scenario, Figure figure) {
        OptionalDouble ratio = ratio(server, scenario, figure);
        String text = text(server, scenario, figure);
        return ratio.isEmpty() ? text : text + " (" + number(ratio.getAsDouble(), 2) + ")";
    }

    private static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
