package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.append;
import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Channels that are spread over several servers. */
class HashedRedisTest {

    private static final int CHANNELS = 9_000;

    /** Returns for each channel the place of its link in the list of links. */
    private static List<Integer> places(String urls) {
        try (Redis redis = Redis.open(RedisUrl.list(urls), settings(), new Inbox())) {
            List<Link> links = new ArrayList<>(redis.links());
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < CHANNELS; i++) {
                places.add(links.indexOf(redis.place("channel " + i).link()));
            }
            return places;
        }
    }

    @Test
    void a_server_that_is_added_takes_its_share_and_nothing_else_moves() {
        List<Integer> two = places("redis://127.0.0.1:1 redis://127.0.0.1:2");
        List<Integer> three = places("redis://127.0.0.1:1 redis://127.0.0.1:2 redis://127.0.0.1:3");

        int moved = 0;
        for (int i = 0; i < CHANNELS; i++) {
            if (!two.get(i).equals(three.get(i))) {
                assertThat(three.get(i)).isEqualTo(2);
                moved++;
            }
        }
        assertThat(moved).isBetween(2_700, 3_300);
        assertThat(two.stream().filter(place -> place == 0).count()).isBetween(4_200L, 4_800L);
    }

    @Test
    void the_order_of_the_urls_does_not_matter() {
        List<Integer> one = places("redis://127.0.0.1:1 redis://127.0.0.1:2");
        List<Integer> other = places("redis://127.0.0.1:2 redis://127.0.0.1:1");

        assertThat(other).isEqualTo(one.stream().map(place -> 1 - place).toList());
    }

    @Test
    void each_channel_lives_on_its_server_and_the_death_of_one_leaves_the_others() {
        Inbox inbox = new Inbox();
        try (RedisServer first = RedisServer.started();
                RedisServer second = RedisServer.started();
                Redis redis = Redis.open(RedisUrl.list(first.url() + "," + second.url()), settings(), inbox)) {
            awaitReady(redis);
            String onFirst = channelOf(redis, 0);
            String onSecond = channelOf(redis, 1);
            Calls.of(redis.place(onSecond).link().subscribe(bytes(onSecond)));
            Calls.of(append(redis.place(onFirst).link(), onFirst, "a"));
            assertThat(first.ask("LLEN", onFirst)).isEqualTo("1");
            assertThat(second.ask("LLEN", onFirst)).isEqualTo("0");

            first.kill();
            await().until(() -> !redis.fault().isEmpty());

            Calls.of(append(redis.place(onSecond).link(), onSecond, "b"));
            await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly(onSecond + ": b"));
        }
    }

    private static String channelOf(Redis redis, int index) {
        Link wanted = new ArrayList<>(redis.links()).get(index);
        int i = 0;
        while (redis.place("channel " + i).link() != wanted) {
            i++;
        }
        return "channel " + i;
    }
}
