package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that channels of clients are as they were without a cluster. */
class GuardedEngineTest {

    private static final ClientInfo ANN = new ClientInfo("id", "ann", null, null);
    private static final Publication PUBLICATION = new Publication(Payload.json("1"), null, null);
    private static final Position TOP = new Position("epoch", 7);

    private final InternalChannels internal = new InternalChannels(new SharedEngine(new FakeClock()).connect());

    static Stream<Method> engineMethods() {
        return Arrays.stream(Engine.class.getMethods());
    }

    static Stream<Method> feedMethods() {
        return Arrays.stream(Engine.Feed.class.getMethods());
    }

    @ParameterizedTest
    @MethodSource("engineMethods")
    void each_method_of_an_engine_is_passed_on(Method method) throws Exception {
        assertThat(GuardedEngine.class
                        .getMethod(method.getName(), method.getParameterTypes())
                        .getDeclaringClass())
                .isEqualTo(GuardedEngine.class);
    }

    private static Object value(Class<?> type) {
        return Stream.<Object>of("channel", ANN, PUBLICATION, TOP)
                .filter(type::isInstance)
                .findFirst()
                .orElseThrow();
    }

    /** A feed that notes each call. */
    private static Engine.Feed noting(List<String> calls) {
        return new Engine.Feed() {
            private Runnable note(String call, String channel, Object value) {
                calls.add(call + " " + channel + " " + value);
                return () -> calls.add("writes");
            }

            @Override
            public Runnable published(String channel, Publication publication) {
                return note("published", channel, publication);
            }

            @Override
            public Runnable joined(String channel, ClientInfo client) {
                return note("joined", channel, client);
            }

            @Override
            public Runnable left(String channel, ClientInfo client) {
                return note("left", channel, client);
            }

            @Override
            public Runnable reached(String channel, Position top) {
                return note("reached", channel, top);
            }
        };
    }

    @ParameterizedTest
    @MethodSource("feedMethods")
    void each_event_of_a_channel_of_clients_is_passed_on_and_none_of_others(Method method) throws Exception {
        List<String> calls = new ArrayList<>();
        Engine.Feed feed = internal.over(noting(calls));
        Object value = value(method.getParameterTypes()[1]);
        ((Runnable) method.invoke(feed, "channel", value)).run();
        assertThat(calls).containsExactly(method.getName() + " channel " + value, "writes");
        ((Runnable) method.invoke(feed, InternalChannels.name("nodes"), value)).run();
        ((Runnable) method.invoke(feed, InternalChannels.name("unknown"), value)).run();
        assertThat(calls).hasSize(2);
    }
}
