package dev.switchboard.console;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Witness;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts which channels are hot and which clients stand out, and passes events to the watches. Any
 * thread; memory only, except for what {@link Watch} says.
 */
public final class Activity implements Witness {

    /** Begin the keys of the list of reconnects. */
    static final String USER = "user ";

    static final String ADDRESS = "address ";

    private final HotList messages;
    private final HotList bytes;
    private final HotList publishers;
    private final HotList errors;
    private final HotList connects;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    public Activity(LongSupplier nanoTime) {
        messages = new HotList(nanoTime);
        bytes = new HotList(nanoTime);
        publishers = new HotList(nanoTime);
        errors = new HotList(nanoTime);
        connects = new HotList(nanoTime);
    }

    /** Returns the publications by channel. */
    HotList messages() {
        return messages;
    }

    /** Returns the bytes of the publications by channel. */
    HotList bytes() {
        return bytes;
    }

    /** Returns the publications by client. */
    HotList publishers() {
        return publishers;
    }

    /** Returns the errors by client. */
    HotList errors() {
        return errors;
    }

    /** Returns the connections that began, by user or address. */
    HotList connects() {
        return connects;
    }

    /** The live list of the watches. */
    List<Watch> watches() {
        return watches;
    }

    @Override
    public void published(String channel, Publication publication) {
        messages.add(channel, 1);
        int size = publication.data().size();
        if (size > 0) {
            bytes.add(channel, size);
        }
        ClientInfo publisher = publication.publisher();
        if (publisher != null) {
            publishers.add(publisher.client(), 1);
        }
        if (!watches.isEmpty()) {
            Subject client = publisher == null ? null : new Subject(publisher.client(), publisher.user(), "");
            tell("publish", client, channel, publication, 0, 0, "");
        }
    }

    private void tell(
            String event,
            @Nullable Subject client,
            String channel,
            @Nullable Publication publication,
            int clients,
            int code,
            String text) {
        for (Watch watch : watches) {
            if (watch.covers(client, channel)) {
                watch.offer(event, client, channel, publication, clients, code, text);
            }
        }
    }

    @Override
    public void delivered(String channel, Publication publication, int clients) {
        if (!watches.isEmpty()) {
            tell("deliver", null, channel, publication, clients, 0, "");
        }
    }

    @Override
    public @Nullable Consumer<Subject> deliveries(String channel, Publication publication) {
        return watches.isEmpty() || watches.stream().noneMatch(Watch::isOfClients)
                ? null
                : client -> watches.stream()
                        .filter(watch -> watch.isOfClients() && watch.covers(client, channel))
                        .forEach(watch -> watch.offer("deliver", client, channel, publication, 0, 0, ""));
    }

    @Override
    public void connected(Subject client) {
        connects.add(client.user().isEmpty() ? ADDRESS + client.address() : USER + client.user(), 1);
        tell("connect", client, "", null, 0, 0, "");
    }

    @Override
    public void subscribed(Subject client, String channel) {
        tell("subscribe", client, channel, null, 0, 0, "");
    }

    @Override
    public void unsubscribed(Subject client, String channel) {
        tell("unsubscribe", client, channel, null, 0, 0, "");
    }

    @Override
    public void refused(Subject client, String channel, Denial why) {
        errors.add(client.client(), 1);
        tell("error", client, channel, null, 0, why.code(), why.text());
    }

    @Override
    public void disconnected(Subject client, int code, String reason) {
        tell("disconnect", client, "", null, 0, code, reason);
    }
}
