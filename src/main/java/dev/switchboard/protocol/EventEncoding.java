package dev.switchboard.protocol;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * EventEncoding sends publications as server-sent events (HTML Living Standard, section 9.2). A
 * frame is the text of a whole event, whose id is the position and the time.
 *
 * <p>Text becomes an event without a name, bytes become an event {@code binary} in Base64. The page
 * raw.md promises the names of events and the form of ids.
 */
final class EventEncoding extends RawEncoding {

    static final EventEncoding INSTANCE = new EventEncoding();

    /** The earliest time after which a client reconnects when its stream ends. */
    private static final Duration EARLIEST = Duration.ofSeconds(1);

    /** The latest such time. */
    private static final Duration LATEST = Duration.ofSeconds(6);

    private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

    private EventEncoding() {}

    /**
     * Returns the line {@code retry} with a random time between the two, after which the client
     * reconnects. The line may be part of an event, or stand alone with one more line end.
     */
    static String retry(Duration earliest, Duration latest) {
        return "retry: " + ThreadLocalRandom.current().nextLong(earliest.toMillis(), latest.toMillis() + 1) + "\n";
    }

    @Override
    List<Frame> beginning(
            @Nullable String hello, @Nullable String greeting, boolean withPosition, SubscribeResult result) {
        List<Frame> frames = new ArrayList<>();
        // A browser reports an open stream when the first bytes arrive.
        frames.add(Frame.text(retry(EARLIEST, LATEST) + "\n"));
        if (hello != null) {
            frames.add(event("hello", content(hello), null));
        }
        if (greeting != null) {
            frames.add(event("", greeting, null));
        }
        if (result.recovery() == Recovery.FAILED) {
            frames.add(event("lost", "something may be missing", null));
        }
        if (result.position() != null) {
            frames.add(Frame.text("id: " + id(result.position()) + "\n\n"));
        }
        result.publications().forEach(publication -> frames.add(event(publication)));
        return frames;
    }

    @Override
    public Frame publication(String channel, Publication publication) {
        return event(publication);
    }

    @Override
    public Frame message(Payload data) {
        return event(data, null);
    }

    @Override
    public Frame disconnect(Disconnect why) {
        return Frame.text(
                retry(EARLIEST, LATEST) + "event: disconnect\ndata: " + why.code() + " " + why.reason() + "\n\n");
    }

    private static Frame event(Publication publication) {
        Position position = publication.position();
        String id = position == null ? null : id(position);
        return event(publication.data(), id == null || publication.time() == 0 ? id : id + ":" + publication.time());
    }

    private static Frame event(Payload data, @Nullable String id) {
        if (data.frame() instanceof Frame.Text text) {
            return event("", text.text(), id);
        }
        ByteBuffer bytes =
                Base64.getEncoder().encode(((Frame.Binary) data.frame()).bytes().duplicate());
        return event("binary", new String(bytes.array(), StandardCharsets.ISO_8859_1), id);
    }

    /**
     * Returns an event. An empty name stands for an event without a name.
     *
     * @param id null for none
     */
    private static Frame event(String name, String data, @Nullable String id) {
        StringBuilder event = new StringBuilder(data.length() + 64);
        if (!name.isEmpty()) {
            event.append("event: ").append(name).append('\n');
        }
        if (id != null) {
            event.append("id: ").append(id).append('\n');
        }
        event.append("data: ").append(LINE_END.matcher(data).replaceAll("\ndata: "));
        return Frame.text(event.append("\n\n").toString());
    }
}
