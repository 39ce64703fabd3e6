package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Scripts.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.engine.Epoch;
import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.engine.codec.ModelWriter;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs the scripts of facts. Any thread; the stages complete as those of {@link Link} do. */
final class FactScripts {

    /** How much longer than its end Redis keeps a fact, because its clock may be ahead. */
    private static final Duration GRACE = Duration.ofHours(1);

    private static final byte PUT = 'f';
    private static final byte REMOVED = 'r';

    private static final Script PUT_SCRIPT = Scripts.script("put");
    private static final Script FORGET = Scripts.script("forget");
    private static final Script FACTS = Scripts.script("facts");
    private static final Script CLAIM = Scripts.script("claim");

    record Fact(String value, Instant end) {}

    /**
     * All facts of one kind.
     *
     * @param change the name of the last change; empty if Redis knows none, as after a loss
     */
    record All(String change, Map<String, Fact> facts) {}

    /**
     * What a message says.
     *
     * @param fact null if the fact was removed
     */
    record News(String kind, String name, @Nullable Fact fact) {}

    private final Keys keys;

    FactScripts(Keys keys) {
        this.keys = keys;
    }

    private List<byte[]> names(Place place, String kind) {
        return List.of(keys.facts(place, kind), keys.change(place, kind));
    }

    /** Keeps the fact, and announces it. */
    CompletionStage<?> put(Place place, String kind, String name, Fact fact) {
        long end = fact.end.toEpochMilli();
        byte[] message = new ModelWriter(PUT, kind.length() + name.length() + fact.value.length() + 32)
                .text(kind)
                .text(name)
                .text(fact.value)
                .number(end)
                .toArray();
        List<byte[]> arguments = List.of(
                bytes(name),
                bytes(end),
                bytes(fact.value),
                bytes(end + GRACE.toMillis()),
                bytes(Epoch.next()),
                keys.news(place),
                Scripts.announcing(place),
                message);
        return place.link().run(PUT_SCRIPT, names(place, kind), arguments);
    }

    /** Forgets the fact, and announces that. */
    CompletionStage<?> forget(Place place, String kind, String name) {
        byte[] message = new ModelWriter(REMOVED, kind.length() + name.length() + 32)
                .text(kind)
                .text(name)
                .toArray();
        List<byte[]> arguments =
                List.of(bytes(name), bytes(Epoch.next()), keys.news(place), Scripts.announcing(place), message);
        return place.link().run(FORGET, names(place, kind), arguments);
    }

    /** Returns null if the message is none of these. */
    static @Nullable News read(byte[] message) {
        try {
            ModelReader reader = new ModelReader(ByteBuffer.wrap(message));
            return switch (reader.kind()) {
                case PUT ->
                    new News(
                            reader.text(),
                            reader.text(),
                            new Fact(reader.text(), Instant.ofEpochMilli(reader.number())));
                case REMOVED -> new News(reader.text(), reader.text(), null);
                default -> null;
            };
        } catch (BufferUnderflowException cut) {
            return null;
        }
    }

    /**
     * Reads all facts of the kind. {@code reading} gets them before any later message, on the reading
     * thread; null if {@code known} names the last change.
     */
    <T> CompletionStage<T> all(
            Place place, String kind, String known, Instant now, Function<@Nullable All, T> reading) {
        List<byte[]> arguments = List.of(bytes(known), bytes(now.minus(GRACE).toEpochMilli()));
        return place.link().run(FACTS, names(place, kind), arguments, reply -> reading.apply(all(reply)));
    }

    private static @Nullable All all(@Nullable Object reply) {
        if (!(reply instanceof List<?> list)) {
            return null;
        }
        Map<String, Fact> facts = new HashMap<>();
        for (int i = 1; i < list.size(); i += 2) {
            Fact fact = fact(text(list.get(i + 1)));
            if (fact != null) {
                facts.put(text(list.get(i)), fact);
            }
        }
        return new All(text(list.get(0)), facts);
    }

    private static String text(@Nullable Object bytes) {
        return new String((byte[]) Objects.requireNonNull(bytes), UTF_8);
    }

    /** Returns null for what something else has written. */
    private static @Nullable Fact fact(String field) {
        int space = field.indexOf(' ');
        try {
            long end = Long.parseLong(field.substring(0, Math.max(0, space)));
            return new Fact(field.substring(space + 1), Instant.ofEpochMilli(end));
        } catch (NumberFormatException foreign) {
            return null;
        }
    }

    /** Completes with whether nothing else has claimed the name. */
    CompletionStage<Boolean> claim(Place place, String kind, String name, long lifeMillis) {
        return place.link()
                .run(CLAIM, List.of(keys.claim(place, kind, name)), List.of(bytes(lifeMillis)))
                .thenApply(reply -> Objects.equals(reply, 1L));
    }
}
