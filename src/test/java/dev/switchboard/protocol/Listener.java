package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Listener is a JSON client of a relay that keeps what it receives, without the times of publications. */
final class Listener implements Transport {

    final List<String> heard = new CopyOnWriteArrayList<>();
    final List<Disconnect> ends = new CopyOnWriteArrayList<>();

    /** The last frame before each end, empty for none. */
    final List<String> words = new CopyOnWriteArrayList<>();

    final Client client;
    private final String user;

    /** Connects a user. {@code emulation} is null for a WebSocket. */
    Listener(Relay relay, String user, @Nullable Emulation emulation) {
        this.user = user;
        client = emulation == null
                ? relay.protocols().connectJson(this)
                : relay.protocols().connectJson(this, emulation);
        tell("{\"id\":1,\"connect\":{}}");
        await().until(() -> !heard.isEmpty());
    }

    /** Subscribes, and returns when the reply has come. */
    Listener in(String channel) {
        tell("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
        await().until(() -> all().contains("\"id\":2"));
        return this;
    }

    /** Returns the JSON without the times of publications. */
    static String timeless(String json) {
        return json.replaceAll(",\"time\":\\d{13}", "");
    }

    void tell(String command) {
        client.receive(Frame.text(command));
    }

    String all() {
        return String.join("\n", heard);
    }

    /** Waits until the client has received the text. */
    void hears(String part) {
        await().untilAsserted(() -> assertThat(all()).contains(part));
    }

    @Override
    public Peer peer() {
        return new Peer("", new Identity(user, null, 0, Map.of()));
    }

    @Override
    public void send(Frame frame, Completion completion) {
        heard.add(timeless(((Frame.Text) frame).text()));
        completion.completed(null);
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        ends.add(why);
        words.add(word instanceof Frame.Text text ? text.text() : "");
    }
}
