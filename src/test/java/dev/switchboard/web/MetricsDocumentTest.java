package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

    @Test
    void promtool_finds_no_fault() throws Exception {
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
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(answer, Metrics.snapshots(relay));
        String text = answer.toString(UTF_8);
        assertThat(text.lines()).anyMatch(line -> line.startsWith("switchboard_build_info{"));
        assertThat(promtool(text, "check", "metrics")).isEmpty();
    }
}
