package dev.switchboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTest {

    private final Results results = new Results();

    private void measured(int round, String server, Scenario scenario, double deliveries) {
        results.add(new Measurement(round, server, scenario.name(), Map.of(Figure.DELIVERIES, deliveries)));
    }

    @Test
    void the_median_of_unsorted_values_is_the_middle_one() {
        assertThat(Results.median(List.of(9.0, 1.0, 2.0))).hasValue(2);
    }

    @Test
    void the_median_of_an_even_number_of_values_is_the_mean_of_the_middle_two() {
        assertThat(Results.median(List.of(4.0, 1.0, 2.0, 100.0))).hasValue(3);
    }

    @Test
    void a_figure_without_measurements_has_no_median() {
        assertThat(Results.median(List.of())).isEmpty();
        assertThat(results.median("ws", Scenario.A, Figure.DELIVERIES)).isEmpty();
        assertThat(results.ratio("ws", Scenario.A, Figure.DELIVERIES, Server.YARDSTICK, Scenario.A))
                .isEmpty();
    }

    @Test
    void a_ratio_is_the_median_of_the_ratios_within_rounds() {
        measured(1, Server.YARDSTICK, Scenario.A, 100);
        measured(2, Server.YARDSTICK, Scenario.A, 1000);
        measured(3, Server.YARDSTICK, Scenario.A, 10);
        measured(1, "ws", Scenario.A, 50);
        measured(2, "ws", Scenario.A, 200);
        measured(3, "ws", Scenario.A, 9);

        assertThat(results.median("ws", Scenario.A, Figure.DELIVERIES)).hasValue(50);
        assertThat(results.ratio("ws", Scenario.A, Figure.DELIVERIES, Server.YARDSTICK, Scenario.A))
                .hasValue(0.5); // of 0.5, 0.2 and 0.9
    }

    @Test
    void a_round_in_which_a_server_failed_has_no_ratio() {
        measured(1, Server.YARDSTICK, Scenario.A, 100);
        measured(2, "ws", Scenario.A, 70);
        measured(3, Server.YARDSTICK, Scenario.A, 100);
        measured(3, "ws", Scenario.A, 60);

        assertThat(results.ratio("ws", Scenario.A, Figure.DELIVERIES, Server.YARDSTICK, Scenario.A))
                .hasValue(0.6);
    }

    @Test
    void each_scenario_has_its_own_figures() {
        measured(1, "switchboard", Scenario.A, 100);
        measured(1, "switchboard", Scenario.P, 80);

        assertThat(results.ratio("switchboard", Scenario.P, Figure.DELIVERIES, "switchboard", Scenario.A))
                .hasValue(0.8);
        assertThat(results.difference("switchboard", Scenario.P, Figure.DELIVERIES, "switchboard", Scenario.A))
                .hasValue(-20);
    }

    @Test
    void zero_divided_by_zero_is_no_ratio() {
        measured(1, Server.YARDSTICK, Scenario.A, 0);
        measured(1, "ws", Scenario.A, 0);

        assertThat(results.ratio("ws", Scenario.A, Figure.DELIVERIES, Server.YARDSTICK, Scenario.A))
                .isEmpty();
    }
}
