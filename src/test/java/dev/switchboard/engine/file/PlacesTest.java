package dev.switchboard.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PlacesTest {

    private final Places places = new Places();

    private void add(long... offsets) {
        for (long offset : offsets) {
            places.add(offset, 10 * offset, 1, (int) offset, 100 + (int) offset, 2);
        }
    }

    private List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        places.forEach(place -> offsets.add(places.offset(place)));
        return offsets;
    }

    @Test
    void a_place_has_the_numbers_that_it_was_given() {
        places.add(-1, 7, Integer.MAX_VALUE, 5, Integer.MAX_VALUE, 3);
        places.forEach(place -> {
            assertThat(places.offset(place)).isEqualTo(-1);
            assertThat(places.left(place)).isEqualTo(7);
            assertThat(places.file(place)).isEqualTo(Integer.MAX_VALUE);
            assertThat(places.from(place)).isEqualTo(5);
            assertThat(places.size(place)).isEqualTo(Integer.MAX_VALUE);
            assertThat(places.begin(place)).isEqualTo(3);
        });
        assertThat(places.count()).isEqualTo(1);
    }

    @Test
    void many_places_come_and_go_in_their_order() {
        for (long offset = 1; offset <= 10_000; offset++) {
            add(offset);
            places.remove(Math.max(0, offset - 3));
        }
        assertThat(offsets()).containsExactly(9_998L, 9_999L, 10_000L);
        assertThat(places.largest()).isEqualTo(10_100);
        add(LongStream.rangeClosed(10_001, 10_100).toArray());
        assertThat(offsets()).hasSize(103).isSorted();
    }

    @Test
    void what_was_copied_comes_once_and_in_its_place() {
        add(4, 5, 1, 2, 3, 4);
        assertThat(offsets()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void what_is_removed_stays_away_although_it_was_copied_behind_the_others() {
        add(4, 5, 1, 2, 3);
        places.remove(2);
        assertThat(offsets()).containsExactly(3L, 4L, 5L);
    }
}
