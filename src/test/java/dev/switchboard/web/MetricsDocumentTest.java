package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.engine.CountedEngine;
import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.Counters;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Tracing;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Compares the page of metrics and the files for Prometheus and Grafana with the real metrics. */
class MetricsDocumentTest {

    private static final Path PAGE = Path.of("src/docs/metrics.md");
    private static final Path FILES = Path.of("server-config/prometheus");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z_]+)` \\|([^|]*)\\| .+ \\|$");
    private static final Pattern QUOTED = Pattern.compile("`([a-z]+)`");
    private static final Pattern NAME = Pattern.compile("\\b(?:switchboard|process|jvm)_[a-z_]+");
    private static final Pattern PART = Pattern.compile("_(?:bucket|sum|count)$");

    /** A metric with matchers in braces, and such a matcher. */
    private static final Pattern SELECTOR = Pattern.compile("\\b((?:switchboard|process|jvm)_[a-z_]+)\\{([^}]*)}");

    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)(?:=~|!~|!=|=)\"([^\"]*)\"");

    private static final Pattern GROUPS = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Pattern SHOWN = Pattern.compile("\\$labels\\.([a-z_]+)");
    private static final Pattern LINE = Pattern.compile("(?m)^([a-z_]+)(?:\\{(.*)})? ");

    /** The labels that Prometheus adds. */
    private static final Set<String> ADDED = Set.of("job", "instance");

    private static final ChannelRule KEPT = new ChannelRule(
            null,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            ChannelOptions.PLAIN.with(new Retention(10, Duration.ofMinutes(5))).withRecovery(Offer.FORCED));

    private final Relay relay = new Relay(
            Settings.read(Map.of("switchboard.hooks.connect", "http://127.0.0.1:1/")),
            new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));

    @AfterEach
    void stop() {
        relay.stop();
    }

    /** Returns the names of the labels of each metric by its name in an answer. */
    private Map<String, Set<String>> metrics() {
        Map<String, Set<String>> metrics = new HashMap<>();
        for (MetricSnapshot metric : Metrics.snapshots(relay)) {
            Set<String> labels = new HashSet<>();
            metric.getDataPoints().forEach(point -> point.getLabels().forEach(label -> labels.add(label.getName())));
            metrics.put(metric.getMetadata().getPrometheusName() + suffix(metric), labels);
        }
        return metrics;
    }

    private static String suffix(MetricSnapshot metric) {
        return metric instanceof CounterSnapshot ? "_total" : metric instanceof InfoSnapshot ? "_info" : "";
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    @Test
    void the_page_has_a_line_with_the_labels_of_each_metric() throws IOException {
        Map<String, Set<String>> described = new HashMap<>();
        ROW.matcher(read(PAGE))
                .results()
                .forEach(row -> described.put(
                        row.group(1),
                        QUOTED.matcher(row.group(2))
                                .results()
                                .map(label -> label.group(1))
                                .collect(Collectors.toSet())));
        Map<String, Set<String>> real = metrics();
        assertThat(new TreeSet<>(described.keySet())).isEqualTo(new TreeSet<>(real.keySet()));
        assertThat(real)
                .allSatisfy((name, labels) ->
                        assertThat(described.get(name)).as(name).containsAll(labels));
        assertThat(real.values()).filteredOn(labels -> !labels.isEmpty()).hasSizeGreaterThan(10);
    }

    private static Object yaml(String file) throws IOException {
        return new Load(LoadSettings.builder().build()).loadFromString(read(FILES.resolve(file)));
    }

    /** Returns all texts under the key, however deep. */
    private static Stream<String> texts(String key, Object in) {
        if (in instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .flatMap(entry -> entry.getKey().equals(key) && entry.getValue() instanceof String text
                            ? Stream.of(text)
                            : texts(key, entry.getValue()));
        }
        return in instanceof List<?> list ? list.stream().flatMap(element -> texts(key, element)) : Stream.of();
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard-alerts.yml", "switchboard-dashboard.json"})
    void each_expression_names_metrics_that_there_are(String file) throws IOException {
        List<String> expressions = texts("expr", yaml(file)).toList();
        Set<String> real = metrics().keySet();
        assertThat(expressions).hasSizeGreaterThan(10).allSatisfy(expression -> {
            List<String> names = NAME.matcher(expression)
                    .results()
                    .map(name -> real.contains(name.group())
                            ? name.group()
                            : PART.matcher(name.group()).replaceFirst(""))
                    .toList();
            assertThat(real).as(expression).containsAll(names);
            assertThat(names.isEmpty()).as(expression).isEqualTo(expression.startsWith("up{"));
        });
    }

    @Test
    void the_scrape_configuration_names_its_alerts_and_the_path_of_the_metrics() throws IOException {
        Object configuration = yaml("prometheus.yml");
        assertThat(configuration).asString().contains("rule_files=[switchboard-alerts.yml]", "metrics_path=/metrics");
        assertThat(texts("job_name", configuration)).containsExactly("switchboard");
    }

    /** Returns the faults that promtool finds; empty too if this machine has no promtool. */
    private static String promtool(String input, String... arguments) throws Exception {
        Path tool = Arrays.stream(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, "promtool"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        if (tool == null) {
            return "";
        }
        List<String> command =
                Stream.concat(Stream.of(tool.toString()), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream to = process.getOutputStream()) {
            to.write(input.getBytes(UTF_8));
        }
        try (InputStream from = process.getInputStream()) {
            String said = new String(from.readAllBytes(), UTF_8);
            return process.waitFor() == 0 ? "" : said;
        }
    }

    private static String text(Relay relay) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(answer, Metrics.snapshots(relay));
        return answer.toString(UTF_8);
    }

    /** Lets the relay count each kind of thing once. */
    private static void use(Relay relay) {
        Counters counters = relay.counters();
        for (Refusal reason : Refusal.values()) {
            counters.refusals().count(reason.label());
        }
        for (SlowPolicy policy : SlowPolicy.values()) {
            counters.drops().count(policy.label());
        }
        counters.authFailures().count("expired");
        counters.internalErrors().count("hub");
        Client client = relay.protocols().connectJson(ScriptedTransport.inline());
        List.of(
                        "{\"id\":1,\"connect\":{}}",
                        "{\"id\":2,\"subscribe\":{\"channel\":\"kept:1\",\"recover\":true,\"epoch\":\"\",\"offset\":0}}",
                        "{\"id\":3,\"subscribe\":{\"channel\":\"kept:2\",\"recover\":true,\"epoch\":\"old\",\"offset\":1}}",
                        "{\"id\":4,\"subscribe\":{\"channel\":\"unknown:1\"}}")
                .forEach(command -> client.receive(Frame.text(command)));
        assertThat(relay.api().call("publish", "{\"channel\":\"kept:1\",\"data\":1}", (method, name) -> true))
                .isCompleted();
        client.disconnect(Disconnect.SLOW);
        FaultyEngine faulty = new FaultyEngine(new MemoryEngine(100_000, System::nanoTime, Runnable::run));
        CountedEngine engine = new CountedEngine(faulty, counters.engine(), Tracing.NONE, System::nanoTime);
        for (Throwable failure : List.of(new TimeoutException(), new IllegalStateException("no memory"))) {
            faulty.fail(failure);
            assertThat(engine.removeHistory("c").toCompletableFuture()).isCompletedExceptionally();
        }
    }

    /** Returns the values of each label of each metric, of a relay that has counted everything once. */
    private Map<String, Map<String, Set<String>>> values() throws IOException {
        Relay busy =
                new Relay(Settings.read(Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of("kept", KEPT), Map.of()));
        Map<String, Map<String, Set<String>>> values = new HashMap<>();
        try {
            use(busy);
            relay.protocols().connectJson(ScriptedTransport.inline()).receive(Frame.text("{\"id\":1,\"connect\":{}}"));
            await().until(() -> text(relay).contains("switchboard_hook_seconds_count{"));
            LINE.matcher(text(busy) + text(relay)).results().forEach(line -> {
                Map<String, Set<String>> labels = values.computeIfAbsent(line.group(1), name -> new HashMap<>());
                if (line.group(2) != null) {
                    MATCHER.matcher(line.group(2))
                            .results()
                            .forEach(label -> labels.computeIfAbsent(label.group(1), name -> new HashSet<>())
                                    .add(label.group(2)));
                }
            });
        } finally {
            busy.stop();
        }
        return values;
    }

    /** Returns the labels and the values of the expression that no metric has. */
    private static List<String> unknown(String expression, Map<String, Map<String, Set<String>>> real) {
        List<String> unknown = new ArrayList<>();
        SELECTOR.matcher(expression)
                .results()
                .forEach(selector -> MATCHER.matcher(selector.group(2))
                        .results()
                        .filter(matcher -> !ADDED.contains(matcher.group(1)))
                        .forEach(matcher -> {
                            Set<String> values = real.getOrDefault(selector.group(1), Map.of())
                                    .getOrDefault(matcher.group(1), Set.of());
                            Stream.of(matcher.group(2).split("\\|"))
                                    .filter(value -> !values.contains(value))
                                    .forEach(value -> unknown.add(matcher.group(1) + "=" + value));
                        }));
        NAME.matcher(expression)
                .results()
                .map(MatchResult::group)
                .forEach(name -> grouped(expression)
                        .filter(label -> !ADDED.contains(label)
                                && !real.getOrDefault(name, Map.of()).containsKey(label))
                        .forEach(unknown::add));
        return unknown;
    }

    private static Stream<String> grouped(String expression) {
        return GROUPS.matcher(expression)
                .results()
                .flatMap(by -> Stream.of(by.group(1).split(", ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard-alerts.yml", "switchboard-dashboard.json"})
    void each_expression_has_labels_and_values_that_a_relay_counts(String file) throws IOException {
        Map<String, Map<String, Set<String>>> real = values();
        assertThat(texts("expr", yaml(file)))
                .hasSizeGreaterThan(10)
                .allSatisfy(expression ->
                        assertThat(unknown(expression, real)).as(expression).isEmpty());
    }

    @Test
    void a_label_and_a_value_that_no_relay_counts_are_found() throws IOException {
        assertThat(unknown(
                        "sum by (instance, outcome, cause) (rate(switchboard_recoveries_total{outcome=~\"failed|late\"}[5m]))",
                        values()))
                .containsExactly("outcome=late", "cause");
        assertThat(unknown("switchboard_clients{kind=\"raw\"}", values())).containsExactly("kind=raw");
    }

    /** Returns all rules of alerts in the element. */
    private static Stream<Map<?, ?>> rules(Object in) {
        if (in instanceof Map<?, ?> map) {
            return map.containsKey("alert")
                    ? Stream.of(map)
                    : map.values().stream().flatMap(MetricsDocumentTest::rules);
        }
        return in instanceof List<?> list ? list.stream().flatMap(MetricsDocumentTest::rules) : Stream.of();
    }

    @Test
    void each_alert_shows_labels_that_its_expression_has() throws IOException {
        Map<String, Map<String, Set<String>>> real = values();
        assertThat(rules(yaml("switchboard-alerts.yml"))).hasSizeGreaterThan(10).allSatisfy(rule -> {
            String expression = String.valueOf(rule.get("expr"));
            Set<String> known = grouped(expression).collect(Collectors.toCollection(HashSet::new));
            if (known.isEmpty()) {
                known.addAll(ADDED);
                NAME.matcher(expression)
                        .results()
                        .forEach(name -> known.addAll(
                                real.getOrDefault(name.group(), Map.of()).keySet()));
            }
            List<String> shown = SHOWN.matcher(String.valueOf(rule.get("annotations")))
                    .results()
                    .map(label -> label.group(1))
                    .toList();
            assertThat(shown).as(expression).isNotEmpty();
            assertThat(known).as(expression).containsAll(shown);
        });
    }

    @Test
    void promtool_finds_no_fault_if_this_machine_has_it() throws Exception {
        assertThat(promtool(
                        "",
                        "check",
                        "rules",
                        FILES.resolve("switchboard-alerts.yml").toString()))
                .isEmpty();
        assertThat(promtool(
                        "",
                        "check",
                        "config",
                        "--syntax-only",
                        FILES.resolve("prometheus.yml").toString()))
                .isEmpty();
        String text = text(relay);
        assertThat(text.lines()).anyMatch(line -> line.startsWith("switchboard_build_info{"));
        assertThat(promtool(text, "check", "metrics")).isEmpty();
    }
}
