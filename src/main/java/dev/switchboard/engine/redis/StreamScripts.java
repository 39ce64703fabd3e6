package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Scripts.bytes;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.switchboard.engine.Epoch;
import dev.switchboard.engine.StreamLog;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs the scripts of streams. Any thread; the stages complete as those of {@link Link} do. */
final class StreamScripts {

    /** In milliseconds. */
    private static final byte[] KEY_LIFE = bytes(StreamLog.KEY_LIFETIME.toMillis());

    private static final Script PUBLISH = Scripts.script("common", "stream", "publish");
    private static final Script HISTORY = Scripts.script("common", "stream", "history");
    private static final Script ANNOUNCE = Scripts.frugalScript("announce");
    private static final Script REMOVE = Scripts.script("remove");

    private final Scripts scripts;
    private final Keys keys;

    StreamScripts(Scripts scripts) {
        this.scripts = scripts;
        this.keys = scripts.keys();
    }

    /** Appends and announces the publication. An empty key is none. */
    CompletionStage<@Nullable Position> publish(
            Place place, String channel, Publication publication, Retention retention, String key) {
        List<byte[]> names = new ArrayList<>(3);
        names.add(keys.meta(place, channel));
        names.add(keys.stream(place, channel));
        if (!key.isEmpty()) {
            names.add(keys.answer(place, channel, key));
        }
        Version version = publication.version();
        List<byte[]> arguments = scripts.arguments();
        arguments.add(bytes(Epoch.next()));
        arguments.add(keys.events(place, channel));
        arguments.add(Scripts.announcing(place));
        arguments.add(Message.bytes(publication));
        arguments.add(bytes(retention.size()));
        arguments.add(bytes(retention.ttl().toMillis()));
        arguments.add(bytes(version == null ? "" : digits(version.number())));
        arguments.add(bytes(version == null ? "" : version.epoch()));
        arguments.add(KEY_LIFE);
        return place.link().run(PUBLISH, names, arguments).thenApply(StreamScripts::position);
    }

    /** Scripts compare numbers of this length as texts: theirs end at 2^53. */
    private static String digits(long unsigned) {
        String digits = Long.toUnsignedString(unsigned);
        return "0".repeat(20 - digits.length()) + digits;
    }

    private static Position position(@Nullable Object reply) {
        return Message.position((byte[]) Objects.requireNonNull(reply));
    }

    /** Announces the publication without storing it. An empty key is none. */
    CompletionStage<@Nullable Position> announce(Place place, String channel, Publication publication, String key) {
        byte[] events = keys.events(place, channel);
        List<byte[]> names = key.isEmpty() ? List.of(events) : List.of(events, keys.answer(place, channel, key));
        return place.link()
                .run(
                        ANNOUNCE,
                        names,
                        List.of(events, Scripts.announcing(place), Message.unplaced(publication), KEY_LIFE))
                .thenApply(done -> null);
    }

    /** Fails with {@link ClientError#UNRECOVERABLE_POSITION} as the engine does. */
    CompletionStage<History> history(Place place, String channel, HistoryQuery query) {
        return read(place, channel, query, reply -> page(query, reply));
    }

    /**
     * Reads the position of the stream; if there is none, creates it. {@code reading} gets it before
     * any later message, on the reading thread.
     */
    <T> CompletionStage<T> top(Place place, String channel, Function<Position, T> reading) {
        return read(place, channel, HistoryQuery.POSITION, reply -> reading.apply(position(reply.get(0))));
    }

    private <T> CompletionStage<T> read(Place place, String channel, HistoryQuery query, Function<List<?>, T> reading) {
        Position since = query.since();
        List<byte[]> arguments = scripts.arguments();
        arguments.add(bytes(Epoch.next()));
        arguments.add(bytes(since == null ? "" : since.epoch()));
        arguments.add(bytes(since == null ? "" : Long.toUnsignedString(since.offset())));
        arguments.add(bytes(query.limit()));
        arguments.add(bytes(query.order() == Order.NEWEST_FIRST ? "1" : "0"));
        return place.link()
                .run(
                        HISTORY,
                        List.of(keys.meta(place, channel), keys.stream(place, channel)),
                        arguments,
                        reply -> reading.apply((List<?>) Objects.requireNonNull(reply)));
    }

    private static History page(HistoryQuery query, List<?> reply) {
        Position top = position(reply.get(0));
        Position since = query.since();
        if (since != null && !since.epoch().isEmpty() && !since.epoch().equals(top.epoch())) {
            throw ClientError.UNRECOVERABLE_POSITION;
        }
        List<Publication> page = new ArrayList<>(reply.size() / 2);
        for (int i = 1; i < reply.size(); i += 2) {
            String offset = new String((byte[]) reply.get(i), US_ASCII);
            page.add(Message.publication(
                    (byte[]) reply.get(i + 1), 0, new Position(top.epoch(), Long.parseUnsignedLong(offset))));
        }
        return new History(Collections.unmodifiableList(page), top);
    }

    /** Removes the publications of the stream. */
    CompletionStage<?> remove(Place place, String channel) {
        return place.link().run(REMOVE, List.of(keys.stream(place, channel)), List.of());
    }
}
