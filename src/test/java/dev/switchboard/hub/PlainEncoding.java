package dev.switchboard.hub;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.Encoding;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An encoding for tests: data for a publication, words for other events, a bar between joined
 * frames.
 */
public record PlainEncoding(
        @Override int batchSize, @Override Frame ping) implements Encoding {

    /** For clients with an {@link IdleHeartbeat}, whose frames leave one by one. */
    public static final PlainEncoding QUIET = new PlainEncoding(1, Frame.Ping.INSTANCE);

    /** For clients with a {@link PeriodicHeartbeat}, whose frames are joined. */
    public static final PlainEncoding STEADY = new PlainEncoding(4, Frame.text("ping"));

    @Override
    public String name() {
        return "plain";
    }

    @Override
    public Frame publication(String channel, Publication publication) {
        return publication.data().frame();
    }

    @Override
    public Frame join(String channel, ClientInfo client) {
        return Frame.text("join " + client.user());
    }

    @Override
    public Frame leave(String channel, ClientInfo client) {
        return Frame.text("leave " + client.user());
    }

    @Override
    public Frame unsubscribe(String channel, Unsubscribe why) {
        return Frame.text("unsubscribe " + channel + " " + why.code());
    }

    @Override
    public Frame subscribe(String channel, SubscribeResult subscribed) {
        return Frame.text("subscribe " + channel);
    }

    @Override
    public Frame message(Payload data) {
        return data.frame();
    }

    @Override
    public @Nullable Frame refresh(long ttl) {
        return null;
    }

    @Override
    public Frame disconnect(Disconnect why) {
        return Frame.text("disconnect " + why.code());
    }

    @Override
    public Frame batch(List<Frame> frames) {
        return Frame.text(
                frames.stream().map(frame -> ((Frame.Text) frame).text()).collect(Collectors.joining("|")));
    }
}
