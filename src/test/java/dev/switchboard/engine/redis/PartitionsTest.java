package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PartitionsTest {

    private static final int SLOTS = 16_384;

    @Test
    void each_part_has_a_slot_in_its_range() {
        assertThat(IntStream.range(0, Partitions.COUNT))
                .allSatisfy(part -> assertThat(Partitions.slot(part) / (SLOTS / Partitions.COUNT))
                        .isEqualTo(part));
    }

    @Test
    void a_key_leads_back_to_the_part_whose_tag_it_has() {
        assertThat(IntStream.range(0, Partitions.COUNT))
                .allSatisfy(part -> assertThat(Partitions.ofKey(Calls.bytes("p:{" + Partitions.tag(part) + "}a {b} ü")))
                        .isEqualTo(part));
    }

    @Test
    void channels_are_spread_evenly() {
        Map<Integer, Integer> sizes = new HashMap<>();
        IntStream.range(0, 128_000).forEach(i -> sizes.merge(Partitions.of("user:" + i), 1, Integer::sum));

        assertThat(sizes).hasSize(Partitions.COUNT);
        assertThat(sizes.values()).allMatch(size -> size > 800 && size < 1_200);
    }

    /** Keys in Redis carry the tags, and all nodes must agree on them for ever. */
    @Test
    void tags_and_parts_never_change() {
        String tags = String.join(
                " ",
                IntStream.range(0, Partitions.COUNT).mapToObj(Partitions::tag).toList());

        assertThat(tags.hashCode()).isEqualTo(-47_584_392);
        assertThat(Partitions.tag(0)).isEqualTo("14");
        assertThat(Partitions.of("chat:lobby")).isEqualTo(43);
        assertThat(Hash.of(Calls.bytes("chat:lobby"))).isEqualTo(-534_647_283_932_875_477L);
    }
}
