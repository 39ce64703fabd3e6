package dev.switchboard.bench;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** Writes a run as one self-contained HTML file with tables and plots. */
final class Report {

    private static final Path TEMPLATE = Path.of("src/bench/report.html");
    private static final Path PLOTS = Path.of("src/bench/node/node_modules/chart.js/dist/chart.umd.min.js");

    private Report() {}

    static String of(Comparison comparison) throws IOException {
        return Files.readString(TEMPLATE)
                .replace("/* the plots */", Files.readString(PLOTS))
                .replace("/* the run */", json(comparison).toString().replace("<", "\\u003c"));
    }

    static JsonObject json(Comparison comparison) {
        JsonArrayBuilder servers = Json.createArrayBuilder();
        comparison.servers().forEach(server -> servers.add(named(server.name(), server.title())));
        JsonArrayBuilder scenarios = Json.createArrayBuilder();
        comparison.scenarios().forEach(scenario -> scenarios.add(named(scenario.name(), scenario.title())));
        JsonArrayBuilder figures = Json.createArrayBuilder();
        for (Figure figure : Figure.values()) {
            figures.add(named(figure.name(), figure.title()).add("digits", figure.digits()));
        }
        return Json.createObjectBuilder()
                .add("machine", comparison.machine().toString())
                .add("rounds", comparison.options().rounds())
                .add("seconds", comparison.options().time().toMillis() / 1000.0)
                .add("servers", servers)
                .add("scenarios", scenarios)
                .add("figures", figures)
                .add("medians", medians(comparison))
                .add("goals", goals(comparison))
                .add("runs", runs(comparison))
                .add("failures", Json.createArrayBuilder(comparison.failures()))
                .build();
    }

    private static JsonObjectBuilder named(String name, String title) {
        return Json.createObjectBuilder().add("name", name).add("title", title);
    }

    /**
     * Returns by scenario, server and figure: the median, and its ratio to the yardstick if there
     * is one.
     */
    private static JsonObjectBuilder medians(Comparison comparison) {
        JsonObjectBuilder all = Json.createObjectBuilder();
        for (Scenario scenario : comparison.scenarios()) {
            JsonObjectBuilder ofScenario = Json.createObjectBuilder();
            for (Server server : comparison.in(scenario)) {
                JsonObjectBuilder ofServer = Json.createObjectBuilder();
                for (Figure figure : Figure.values()) {
                    OptionalDouble median = comparison.median(server, scenario, figure);
                    if (median.isPresent()) {
                        JsonObjectBuilder value = Json.createObjectBuilder().add("value", median.getAsDouble());
                        OptionalDouble ratio = comparison.ratio(server, scenario, figure);
                        if (ratio.isPresent()) {
                            value.add("ratio", ratio.getAsDouble());
                        }
                        ofServer.add(figure.name(), value);
                    }
                }
                ofScenario.add(server.name(), ofServer);
            }
            all.add(scenario.name(), ofScenario);
        }
        return all;
    }

    private static JsonArrayBuilder goals(Comparison comparison) {
        JsonArrayBuilder goals = Json.createArrayBuilder();
        for (Goal goal : Goal.ALL) {
            JsonArrayBuilder verdicts = Json.createArrayBuilder();
            comparison
                    .relays()
                    .forEach(relay -> verdicts.add(Json.createObjectBuilder()
                            .add("title", relay.title())
                            .add(
                                    "text",
                                    goal.verdict(comparison.results(), relay.name())
                                            .replace("*", ""))));
            goals.add(Json.createObjectBuilder()
                    .add(
                            "scenario",
                            goal.scenario().name() + ": " + goal.scenario().title())
                    .add("unit", goal.unit())
                    .add("target", goal.target())
                    .add("verdicts", verdicts));
        }
        return goals;
    }

    private static JsonArrayBuilder runs(Comparison comparison) {
        JsonArrayBuilder runs = Json.createArrayBuilder();
        for (Measurement run : comparison.results().all()) {
            JsonObjectBuilder figures = Json.createObjectBuilder();
            run.figures().forEach((figure, value) -> figures.add(figure.name(), value));
            runs.add(Json.createObjectBuilder()
                    .add("round", run.round())
                    .add("server", run.server())
                    .add("scenario", run.scenario())
                    .add("figures", figures));
        }
        return runs;
    }
}
