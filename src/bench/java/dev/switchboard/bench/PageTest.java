package dev.switchboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTest {

    private static final Machine MACHINE = new Machine("2000-01-01", 2, "a processor", "4 GiB", "a kernel", "a JDK");

    private final Results results = new Results();

    private Comparison comparison(String... failures) {
        Options options = Options.of(name -> name.equals("bench.rounds") ? "1" : "");
        return new Comparison(MACHINE, options, Servers.on(options.jdks(), ""), results, List.of(failures));
    }

    private void measured(String server, Scenario scenario, Map<Figure, Double> figures) {
        results.add(new Measurement(1, server, scenario.name(), figures));
    }

    private void measured(double deliveries) {
        measured(Server.YARDSTICK, Scenario.A, Map.of(Figure.DELIVERIES, 100_000.0, Figure.LOST, 0.0));
        measured("switchboard", Scenario.A, Map.of(Figure.DELIVERIES, deliveries, Figure.LOST, 0.0));
    }

    @Test
    void the_page_marks_a_reached_goal() {
        measured(80_000);

        assertThat(Page.of(comparison()))
                .contains("deliveries/s × yardstick | ≥ 0.75 | 0.8, reached |")
                .contains("| 80,000 (0.80) |")
                .contains("In no run a delivery was lost");
    }

    @Test
    void the_page_marks_a_goal_that_is_not_reached() {
        measured(70_000);

        assertThat(Page.of(comparison())).contains("≥ 0.75 | 0.7, **not reached** |");
    }

    @Test
    void the_page_marks_a_goal_that_was_not_measured() {
        assertThat(Page.of(comparison())).contains("≥ 0.75 | not measured |").doesNotContain(", reached");
    }

    @Test
    void the_growth_is_divided_by_the_clients_that_do_not_read() {
        measured("switchboard", Scenario.G0, Map.of(Figure.GROWTH, 10.0));
        measured("switchboard", Scenario.G, Map.of(Figure.GROWTH, 20.0));

        assertThat(Page.of(comparison())).contains("MiB for each silent client | ≤ 1 | 2, **not reached** |");
    }

    @Test
    void the_page_lists_lost_deliveries_and_failed_servers() {
        measured("ws", Scenario.A, Map.of(Figure.LOST, 3.0));

        assertThat(Page.of(comparison("vertx in G, round 1: it is gone")))
                .contains("* ws in A, round 1: 3 lost, 0 doubled, 0 out of order")
                .contains("* vertx in G, round 1: it is gone")
                .doesNotContain("In no run");
    }

    @Test
    void the_report_has_the_same_figures_and_escapes_the_end_of_a_script() throws Exception {
        measured(80_000);

        assertThat(Report.json(comparison("</script>")).toString()).contains("\"value\":80000.0,\"ratio\":0.8");
        assertThat(Report.of(comparison("</script>")))
                .contains("\\u003c/script>")
                .doesNotContain("\"</script>\"");
    }

    @Test
    void page_and_report_name_the_machine_but_no_folder() throws Exception {
        measured(80_000);
        String folder = System.getProperty("user.dir");

        assertThat(Page.of(comparison())).contains("2 cores of a processor").doesNotContain(folder);
        assertThat(Report.of(comparison())).contains("2 cores of a processor").doesNotContain(folder);
    }
}
