package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads from a whole log each publish with its outcome, and the place of each publication. */
final class Publications {

    private final Map<String, PublishRecord> publishes = new LinkedHashMap<>();
    private final Map<Place, Sighting> byPlace = new HashMap<>();
    private final Map<String, Map<String, Integer>> epochs = new HashMap<>();
    private final Set<List<Object>> clashes = new HashSet<>();
    private final BiConsumer<String, List<Entry>> clash;

    /** {@code clash} hears of each place with two values, and of each value with two places. */
    Publications(List<Entry> log, BiConsumer<String, List<Entry>> clash) {
        this.clash = clash;
        for (Entry entry : log) {
            if (entry.event() instanceof Event.PubInvoke invoke) {
                publishes.put(invoke.value(), new PublishRecord(entry, invoke));
            }
        }
        log.forEach(this::read);
        Map<List<String>, Integer> numbers = new HashMap<>();
        for (PublishRecord publish : publishes.values()) {
            if (publish.outcome == Outcome.OK) {
                publish.index =
                        numbers.merge(List.of(publish.what.publisher(), publish.what.channel()), 1, Integer::sum) - 1;
            }
        }
    }

    private void read(Entry entry) {
        Event event = entry.event();
        if (event instanceof Event.PubOk ok) {
            PublishRecord publish = end(Event.value(ok.publisher(), ok.n()), entry, Outcome.OK);
            if (publish != null && ok.offset() > 0) {
                see(publish.what.channel(), ok.epoch(), ok.offset(), publish.what.value(), entry);
            }
        } else if (event instanceof Event.PubInfo info) {
            end(Event.value(info.publisher(), info.n()), entry, Outcome.UNKNOWN);
        } else if (event instanceof Event.PubFail fail) {
            end(Event.value(fail.publisher(), fail.n()), entry, Outcome.FAILED);
        } else if (event instanceof Event.SubOk ok) {
            epoch(ok.channel(), ok.epoch());
            ok.items().forEach(item -> see(ok.channel(), ok.epoch(), item.offset(), item.value(), entry));
        } else if (event instanceof Event.Recv recv) {
            see(recv.channel(), recv.epoch(), recv.offset(), recv.value(), entry);
        } else if (event instanceof Event.Truth truth) {
            epoch(truth.channel(), truth.epoch());
            truth.items().forEach(item -> see(truth.channel(), truth.epoch(), item.offset(), item.value(), entry));
        }
    }

    private @Nullable PublishRecord end(String value, Entry entry, Outcome outcome) {
        PublishRecord publish = publishes.get(value);
        if (publish != null) {
            publish.end = entry;
            publish.outcome = outcome;
        }
        return publish;
    }

    private void epoch(String channel, String epoch) {
        if (!epoch.isEmpty()) {
            Map<String, Integer> known = epochs.computeIfAbsent(channel, any -> new LinkedHashMap<>());
            known.putIfAbsent(epoch, known.size());
        }
    }

    private void see(String channel, String epoch, long offset, String value, Entry entry) {
        if (epoch.isEmpty()) {
            return;
        }
        epoch(channel, epoch);
        Place place = new Place(channel, new Position(epoch, offset));
        Sighting before = byPlace.putIfAbsent(place, new Sighting(value, entry));
        if (before != null && !before.value.equals(value) && clashes.add(List.of(place, value))) {
            clash.accept(place + " is " + before.value + " and " + value, List.of(before.entry, entry));
        }
        PublishRecord publish = publishes.get(value);
        if (publish == null || !publish.what.channel().equals(channel)) {
            return;
        }
        Sighting first = publish.place == null ? null : byPlace.get(publish.place);
        if (first != null && !place.equals(publish.place) && clashes.add(List.of(value, place))) {
            clash.accept(value + " is at " + publish.place + " and at " + place, List.of(first.entry, entry));
        }
        publish.places.add(place);
        if (publish.place == null || age(channel, epoch) > age(channel, publish.place.position.epoch())) {
            publish.place = place;
        }
    }

    /** Returns null if the value was never published. */
    @Nullable
    PublishRecord publish(String value) {
        return publishes.get(value);
    }

    Iterable<PublishRecord> all() {
        return publishes.values();
    }

    /**
     * Returns a number that is smaller for an older epoch; −1 for an epoch that is not in the log.
     */
    int age(String channel, String epoch) {
        return epochs.getOrDefault(channel, Map.of()).getOrDefault(epoch, -1);
    }

    /** Returns the number of epochs in all channels that followed another. */
    int rotations() {
        return epochs.values().stream().mapToInt(known -> known.size() - 1).sum();
    }

    /** Returns the number of places of the epoch that are in the log. */
    long seen(String channel, String epoch) {
        return byPlace.keySet().stream()
                .filter(place ->
                        place.channel.equals(channel) && place.position.epoch().equals(epoch))
                .count();
    }

    /** Returns the confirmed publishes, by channel, epoch and offset. */
    Map<String, Map<String, NavigableMap<Long, PublishRecord>>> confirmed() {
        Map<String, Map<String, NavigableMap<Long, PublishRecord>>> confirmed = new HashMap<>();
        for (PublishRecord publish : publishes.values()) {
            if (publish.outcome == Outcome.OK && publish.place != null) {
                confirmed
                        .computeIfAbsent(publish.place.channel, any -> new HashMap<>())
                        .computeIfAbsent(publish.place.position.epoch(), any -> new TreeMap<>())
                        .put(publish.place.position.offset(), publish);
            }
        }
        return confirmed;
    }

    /**
     * Returns the confirmed publishes, by publisher and channel, in the order of the publisher.
     * {@link PublishRecord#index} is the index in the list.
     */
    Map<List<String>, List<PublishRecord>> confirmedInOrder() {
        Map<List<String>, List<PublishRecord>> order = new HashMap<>();
        for (PublishRecord publish : publishes.values()) {
            if (publish.outcome == Outcome.OK) {
                order.computeIfAbsent(
                                List.of(publish.what.publisher(), publish.what.channel()), any -> new ArrayList<>())
                        .add(publish);
            }
        }
        return order;
    }

    enum Outcome {
        /** The reply was OK. */
        OK,
        /** Certainly not published. */
        FAILED,
        /**
         * The connection was lost before the reply, or the reply was an error that leaves the
         * outcome open.
         */
        UNKNOWN
    }

    /** A place in a stream. */
    record Place(String channel, Position position) {

        @Override
        public String toString() {
            return channel + " " + position.epoch() + "/" + position.offset();
        }
    }

    private record Sighting(String value, Entry entry) {}

    /** One publish, and what the log says of it. */
    static final class PublishRecord {

        final Entry invoke;
        final Event.PubInvoke what;
        Outcome outcome = Outcome.UNKNOWN;
        /** Null if the publisher still waits. */
        @Nullable
        Entry end;
        /** The place in the latest epoch in which it was seen; null if it has none in the log. */
        @Nullable
        Place place;

        final Set<Place> places = new HashSet<>();
        /**
         * The index among the confirmed publishes of its publisher and channel; −1 if not
         * confirmed.
         */
        int index = -1;

        PublishRecord(Entry invoke, Event.PubInvoke what) {
            this.invoke = invoke;
            this.what = what;
        }
    }
}
