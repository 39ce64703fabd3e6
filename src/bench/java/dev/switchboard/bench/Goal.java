package dev.switchboard.bench;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.BiFunction;

/**
 * A goal of the relay.
 *
 * @param unit the name of the figure, and of the figure to which it is related
 * @param figure returns the figure of a server
 */
record Goal(
        Scenario scenario, String unit, Bound bound, double limit, BiFunction<Results, String, OptionalDouble> figure) {

    /** The side of the limit on which the figure must be. */
    enum Bound {
        AT_LEAST("≥"),
        AT_MOST("≤");

        private final String sign;

        Bound(String sign) {
            this.sign = sign;
        }
    }

    private static final int SILENT = 5;
    private static final double AS_RAW = 1.15;

    static final List<Goal> ALL = List.of(
            deliveries(Scenario.A, 0.75),
            cpu(Scenario.A, 1.5),
            deliveries(Scenario.A8, 3.0),
            cpu(Scenario.A8, 0.45),
            jsonDeliveries(Scenario.P8, 3.0),
            jsonCpu(Scenario.P8, 0.45),
            deliveries(Scenario.B, 0.85),
            deliveries(Scenario.C, 0.85),
            within(Scenario.C, Figure.CPU, "CPU per delivery × that of A", Scenario.A, 1.3),
            yardstick(Scenario.D, Figure.P99, "p99 × yardstick", Bound.AT_MOST, 1.1),
            cpu(Scenario.D, 1.5),
            deliveries(Scenario.E, 0.65),
            plain(Scenario.F, Figure.RESIDENT, Bound.AT_MOST, 20),
            plain(Scenario.F, Figure.OWN, Bound.AT_MOST, 1),
            within(Scenario.G, Figure.P99, "p99 × that without the silent", Scenario.G0, 1.2),
            new Goal(
                    Scenario.G,
                    "MiB for each silent client",
                    Bound.AT_MOST,
                    1,
                    (results, server) -> divided(
                            results.difference(server, Scenario.G, Figure.GROWTH, server, Scenario.G0), SILENT)),
            plain(Scenario.G, Figure.CUT_OFF, Bound.AT_LEAST, SILENT),
            plain(Scenario.G, Figure.GONE, Bound.AT_MOST, 0),
            within(Scenario.P, Figure.CPU, "CPU per delivery × that of A", Scenario.A, AS_RAW),
            within(Scenario.P8, Figure.CPU, "CPU per delivery × that of A8", Scenario.A8, AS_RAW),
            within(Scenario.H, Figure.CPU, "CPU per delivery × that of A", Scenario.A, AS_RAW),
            within(Scenario.H8, Figure.CPU, "CPU per delivery × that of A8", Scenario.A8, AS_RAW),
            withLog(Scenario.H, 1.15),
            withLog(Scenario.H8, 1.15),
            plain(Scenario.S, Figure.START, Bound.AT_MOST, 2),
            new Goal(
                    Scenario.L1024,
                    Figure.START.title(),
                    Bound.AT_MOST,
                    5,
                    (results, server) -> results.median(Servers.withLog(server, "os"), Scenario.L1024, Figure.START)));

    private static Goal withLog(Scenario scenario, double limit) {
        return new Goal(
                scenario,
                "CPU per delivery with a log × without",
                Bound.AT_MOST,
                limit,
                (results, server) ->
                        results.ratio(Servers.withLog(server, "os"), scenario, Figure.CPU, server, scenario));
    }

    private static Goal deliveries(Scenario scenario, double limit) {
        return yardstick(scenario, Figure.DELIVERIES, "deliveries/s × yardstick", Bound.AT_LEAST, limit);
    }

    private static Goal cpu(Scenario scenario, double limit) {
        return yardstick(scenario, Figure.CPU, "CPU per delivery × yardstick", Bound.AT_MOST, limit);
    }

    private static Goal jsonDeliveries(Scenario scenario, double limit) {
        return against(
                scenario, Figure.DELIVERIES, "deliveries/s × yardstick in A8", Bound.AT_LEAST, limit, Scenario.A8);
    }

    private static Goal jsonCpu(Scenario scenario, double limit) {
        return against(scenario, Figure.CPU, "CPU per delivery × yardstick in A8", Bound.AT_MOST, limit, Scenario.A8);
    }

    private static Goal yardstick(Scenario scenario, Figure figure, String unit, Bound bound, double limit) {
        return against(scenario, figure, unit, bound, limit, scenario);
    }

    private static Goal against(
            Scenario scenario, Figure figure, String unit, Bound bound, double limit, Scenario ofYardstick) {
        return new Goal(
                scenario,
                unit,
                bound,
                limit,
                (results, server) -> results.ratio(server, scenario, figure, Server.YARDSTICK, ofYardstick));
    }

    private static Goal within(Scenario scenario, Figure figure, String unit, Scenario other, double limit) {
        return new Goal(
                scenario,
                unit,
                Bound.AT_MOST,
                limit,
                (results, server) -> results.ratio(server, scenario, figure, server, other));
    }

    private static Goal plain(Scenario scenario, Figure figure, Bound bound, double limit) {
        return new Goal(
                scenario, figure.title(), bound, limit, (results, server) -> results.median(server, scenario, figure));
    }

    private static OptionalDouble divided(OptionalDouble value, int by) {
        return value.isPresent() ? OptionalDouble.of(value.getAsDouble() / by) : value;
    }

    String target() {
        return bound.sign + " " + text(limit);
    }

    boolean isReached(double value) {
        return bound == Bound.AT_LEAST ? value >= limit : value <= limit;
    }

    /** Returns the figure of a server, and whether it reaches the goal. */
    String verdict(Results results, String server) {
        OptionalDouble value = figure.apply(results, server);
        return value.isEmpty()
                ? "not measured"
                : text(value.getAsDouble()) + (isReached(value.getAsDouble()) ? ", reached" : ", **not reached**");
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replaceFirst("\\.?0+$", "");
    }
}
