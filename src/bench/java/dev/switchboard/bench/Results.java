package dev.switchboard.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Keeps all figures, and returns their medians over the rounds.
 *
 * <p>A ratio is the median of the ratios within each round, because a machine is not equally fast
 * in all rounds.
 */
final class Results {

    private final List<Measurement> measurements = new ArrayList<>();

    void add(Measurement measurement) {
        measurements.add(measurement);
    }

    /** Returns the measurements in their order. */
    List<Measurement> all() {
        return List.copyOf(measurements);
    }

    /** Returns the median of a figure; empty if there is none. */
    OptionalDouble median(String server, Scenario scenario, Figure figure) {
        return median(List.copyOf(byRound(server, scenario, figure).values()));
    }

    /**
     * Returns the ratio to the figure of another server or scenario; empty if no round has both, or
     * if the other is 0 in all rounds.
     */
    OptionalDouble ratio(String server, Scenario scenario, Figure figure, String toServer, Scenario toScenario) {
        return combined(server, scenario, figure, toServer, toScenario, (one, other) -> one / other);
    }

    /**
     * Returns the difference to the figure of another server or scenario, as {@link #ratio} does.
     */
    OptionalDouble difference(String server, Scenario scenario, Figure figure, String toServer, Scenario toScenario) {
        return combined(server, scenario, figure, toServer, toScenario, (one, other) -> one - other);
    }

    /** Combines the figures of two servers or scenarios. */
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

    /**
     * Returns the median: of an even number of values, the mean of the two in the middle; empty if
     * there are no values.
     */
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
