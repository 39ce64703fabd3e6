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

/**
 * Publishes stored orders in the channel {@code orders}, and collects the publications of
 * {@code wishes}.
 */
@ApplicationScoped
@SuppressWarnings("NullAway.Init") // CDI sets the fields
public class Orders {

    private final List<String> wishes = new CopyOnWriteArrayList<>();

    @Inject
    private Switchboard switchboard;

    /**
     * Publishes the items after the commit of the transaction. An exception rolls it back, and then
     * no item is published. {@code published} gets the stage of each item.
     */
    @Transactional
    public void place(List<String> items, Consumer<CompletionStage<@Nullable Position>> published) {
        for (String item : items) {
            published.accept(switchboard.publish("orders", Payload.text(item)));
        }
        if (items.contains("nothing")) {
            throw new IllegalArgumentException("the item nothing cannot be ordered");
        }
    }

    /** Collects what clients publish in the channel {@code wishes}. */
    void heard(@Observes @InChannel("wishes") Publication wish) {
        wishes.add(wish.payload().text());
    }

    public List<String> wishes() {
        return List.copyOf(wishes);
    }
}
