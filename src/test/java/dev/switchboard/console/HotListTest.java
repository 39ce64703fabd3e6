package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.console.HotList.Hot;
import dev.switchboard.hub.FakeClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HotListTest {

    private final FakeClock clock = new FakeClock();
    private final HotList list = new HotList(clock);

    @Test
    void the_largest_counts_come_first() {
        list.add("b", 2);
        list.add("a", 5);
        list.add("c", 1);
        list.add("b", 2);
        assertThat(list.top(2)).containsExactly(new Hot("a", 5), new Hot("b", 4));
    }

    @Test
    void what_is_older_than_ten_seconds_does_not_count() {
        list.add("old", 5);
        clock.advance(Duration.ofSeconds(4));
        list.add("new", 1);
        assertThat(list.top(9)).hasSize(2);
        clock.advance(Duration.ofSeconds(6));
        assertThat(list.top(9)).containsExactly(new Hot("new", 1));
        clock.advance(Duration.ofHours(1));
        assertThat(list.top(9)).isEmpty();
        list.add("newest", 3);
        assertThat(list.top(9)).containsExactly(new Hot("newest", 3));
    }

    @Test
    void the_counts_of_a_young_list_are_of_the_time_since_its_start() {
        clock.advance(Duration.ofSeconds(3));
        assertThat(list.seconds()).isEqualTo(3);
        clock.advance(Duration.ofSeconds(3));
        assertThat(list.seconds()).isEqualTo(6);
        clock.advance(Duration.ofSeconds(60));
        assertThat(list.seconds()).isBetween(8.0, 10.0);
    }

    @Test
    void a_hot_key_among_a_hundred_thousand_others_is_found_in_fixed_memory() {
        FrequentItems items = new FrequentItems(256);
        Map<String, Long> exact = new HashMap<>();
        Random random = new Random(20261130);
        long all = 0;
        for (int i = 0; i < 300_000; i++) {
            String key = random.nextInt(20) == 0 ? "hot" : "cold " + random.nextInt(100_000);
            long weight = 1 + random.nextInt(3);
            items.add(key, weight);
            exact.merge(key, weight, Long::sum);
            all += weight;
        }
        assertThat(items.size()).isLessThanOrEqualTo(256);
        Map<String, Long> found = new HashMap<>();
        items.addTo(found);
        long error = 2 * all / 256;
        long hot = Objects.requireNonNull(exact.get("hot"));
        assertThat(hot).isGreaterThan(error);
        assertThat(found.get("hot")).isBetween(hot - error, hot);
        assertThat(found).allSatisfy((key, count) -> assertThat(exact.get(key)).isGreaterThanOrEqualTo(count));
    }

    @Test
    void threads_that_count_at_the_same_time_lose_nothing() {
        IntStream.range(0, 8).parallel().forEach(thread -> {
            for (int i = 0; i < 10_000; i++) {
                list.add("key " + i % 10, 1);
            }
        });
        assertThat(list.top(100))
                .hasSize(10)
                .allSatisfy(hot -> assertThat(hot.count()).isEqualTo(8_000));
    }
}
