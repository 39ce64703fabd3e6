package dev.switchboard.protocol;

import dev.switchboard.ApiDescription;
import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Calls the server API of a relay with one kept namespace. */
class ServerApiSetup {

    static final ChannelRule KEEPING = new ChannelRule(
            null,
            ChannelRule.PLAIN.subscribe(),
            ChannelRule.PLAIN.publish(),
            ChannelRule.PLAIN.binary(),
            ChannelRule.PLAIN.presence(),
            ChannelRule.PLAIN.history(),
            ChannelOptions.PLAIN
                    .with(new Retention(10, Duration.ofMinutes(5)))
                    .withPresence(true)
                    .withRecovery(Offer.ON_REQUEST));

    final Relay relay = new Relay(
            Settings.read(Map.of("switchboard.api.message.bytes", "100")),
            new ChannelRules(ChannelRule.PLAIN, Map.of("news", KEEPING), Map.of()));
    final ApiDescription description = ApiDescription.shipped();

    @AfterEach
    void stop() {
        relay.stop();
    }

    String timedCall(String method, String json) throws Exception {
        return timedCall(method, json, (name, channel) -> true);
    }

    String call(String method, String json) throws Exception {
        return call(method, json, (name, channel) -> true);
    }

    /** Calls a method, and returns its answer without the times of publications. */
    String call(String method, String json, ServerApi.Rights rights) throws Exception {
        return Listener.timeless(timedCall(method, json, rights));
    }

    private String timedCall(String method, String json, ServerApi.Rights rights) throws Exception {
        String answer = relay.api()
                .call(method, json, rights)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .json();
        description.answer(method, 200, answer);
        if (answer.startsWith("{\"result\"")) {
            description.request(method, json);
        }
        return answer;
    }
}
