package dev.switchboard.sample;

import dev.switchboard.api.InChannel;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Position;
import dev.switchboard.api.Publication;
import dev.switchboard.api.Switchboard;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes orders and tells whoever watches the channel {@code orders}. An order that is not stored is not told. */
@ApplicationScoped
@SuppressWarnings("NullAway.Init") // CDI sets the fields
public class Orders {

    private final List<String> wishes = new CopyOnWriteArrayList<>();

    @Inject
    private Switchboard switchboard;

    /** Sent when the transaction is committed; an exception rolls it back, and then nobody hears of it. */
    @Transactional
    public void place(List<String> items, Consumer<CompletionStage<@Nullable Position>> told) {
        for (String item : items) {
            told.accept(switchboard.publish("orders", Payload.text(item)));
        }
        if (items.contains("nothing")) {
            throw new IllegalArgumentException("who orders nothing gets nothing");
        }
    }

    /** What watchers say in the channel {@code wishes}. */
    void heard(@Observes @InChannel("wishes") Publication wish) {
        wishes.add(wish.payload().text());
    }

    public List<String> wishes() {
        return List.copyOf(wishes);
    }
}
