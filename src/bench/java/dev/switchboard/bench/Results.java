package dev.switchboard.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All that was measured, as medians over the rounds.
 *
 * <p>A ratio is taken within each round, since a machine is not as fast in all of them, and its median after that.
 */
final class Results {

    private final List<Measurement> measurements = new ArrayList<>();

    void add(Measurement measurement) {
        measurements.add(measurement);
    }

    /** In their order. */
    List<Measurement> all() {
        return List.copyOf(measurements);
    }

    /** Empty if it was not measured. */
    OptionalDouble median(String server, Scenario scenario, Figure figure) {
        return median(List.copyOf(byRound(server, scenario, figure).values()));
    }

    /** To the same figure of another server or in another scenario; empty if no round has both, or all have 0 there. */
    OptionalDouble ratio(String server, Scenario scenario, Figure figure, String toServer, Scenario toScenario) {
        return combined(server, scenario, figure, toServer, toScenario, (one, other) -> one / other);
    }

    /** As {@link #ratio}. */
    OptionalDouble difference(String server, Scenario scenario, Figure figure, String toServer, Scenario toScenario) {
        return combined(server, scenario, figure, toServer, toScenario, (one, other) -> one - other);
    }

    /** Of one with another. */
    private interface Comparison {
        double of(double one, double other);
    }

    private OptionalDouble combined(
            String server,
            Scenario scenario,
            Figure figure,
            String toServer,
            Scenario toScenario,
            Comparison comparison) {
        Map<Integer, Double> others = byRound(toServer, toScenario, figure);
        List<Double> values = new ArrayList<>();
        byRound(server, scenario, figure).forEach((round, value) -> {
            Double other = others.get(round);
            if (other != null && Double.isFinite(comparison.of(value, other))) {
                values.add(comparison.of(value, other));
            }
        });
        return median(values);
    }

    private Map<Integer, Double> byRound(String server, Scenario scenario, Figure figure) {
        Map<Integer, Double> values = new HashMap<>();
        for (Measurement measurement : measurements) {
            Double value = measurement.figures().get(figure);
            if (value != null
                    && measurement.server().equals(server)
                    && measurement.scenario().equals(scenario.name())) {
                values.put(measurement.round(), value);
            }
        }
        return values;
    }

    /** Of an even number of values the mean of the two in the middle; empty for none. */
    static OptionalDouble median(List<Double> values) {
        if (values.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return OptionalDouble.of(
                sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2);
    }
}
