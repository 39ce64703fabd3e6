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

/** What a whole log says of its publications: who published them, how that ended, and which places they have. */
final class Publications {

    private final Map<String, Fate> fates = new LinkedHashMap<>();
    private final Map<Place, Sighting> byPlace = new HashMap<>();
    private final Map<String, Map<String, Integer>> epochs = new HashMap<>();
    private final Set<List<Object>> clashes = new HashSet<>();
    private final BiConsumer<String, List<Entry>> clash;

    /** @param clash hears of each place with two values, and of each value with two places */
    Publications(List<Entry> log, BiConsumer<String, List<Entry>> clash) {
        this.clash = clash;
        for (Entry entry : log) {
            if (entry.event() instanceof Event.PubInvoke invoke) {
                fates.put(invoke.value(), new Fate(entry, invoke));
            }
        }
        log.forEach(this::read);
        Map<List<String>, Integer> numbers = new HashMap<>();
        for (Fate fate : fates.values()) {
            if (fate.outcome == Outcome.OK) {
                fate.index = numbers.merge(List.of(fate.what.publisher(), fate.what.channel()), 1, Integer::sum) - 1;
            }
        }
    }

    private void read(Entry entry) {
        Event event = entry.event();
        if (event instanceof Event.PubOk ok) {
            Fate fate = end(Event.value(ok.publisher(), ok.n()), entry, Outcome.OK);
            if (fate != null && ok.offset() > 0) {
                see(fate.what.channel(), ok.epoch(), ok.offset(), fate.what.value(), entry);
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

    private @Nullable Fate end(String value, Entry entry, Outcome outcome) {
        Fate fate = fates.get(value);
        if (fate != null) {
            fate.end = entry;
            fate.outcome = outcome;
        }
        return fate;
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
        Fate fate = fates.get(value);
        if (fate == null || !fate.what.channel().equals(channel)) {
            return;
        }
        Sighting first = fate.place == null ? null : byPlace.get(fate.place);
        if (first != null && !place.equals(fate.place) && clashes.add(List.of(value, place))) {
            clash.accept(value + " is at " + fate.place + " and at " + place, List.of(first.entry, entry));
        }
        fate.places.add(place);
        if (fate.place == null || age(channel, epoch) > age(channel, fate.place.position.epoch())) {
            fate.place = place;
        }
    }

    /** Null if nobody published it. */
    @Nullable
    Fate fate(String value) {
        return fates.get(value);
    }

    Iterable<Fate> all() {
        return fates.values();
    }

    /** The smaller, the older; −1 for an epoch that nobody named. */
    int age(String channel, String epoch) {
        return epochs.getOrDefault(channel, Map.of()).getOrDefault(epoch, -1);
    }

    /** Of all channels together, how many epochs followed another. */
    int rotations() {
        return epochs.values().stream().mapToInt(known -> known.size() - 1).sum();
    }

    /** How many places of the epoch were seen by anybody. */
    long seen(String channel, String epoch) {
        return byPlace.keySet().stream()
                .filter(place ->
                        place.channel.equals(channel) && place.position.epoch().equals(epoch))
                .count();
    }

    /** What was answered with OK, by channel, epoch and offset. */
    Map<String, Map<String, NavigableMap<Long, Fate>>> confirmed() {
        Map<String, Map<String, NavigableMap<Long, Fate>>> confirmed = new HashMap<>();
        for (Fate fate : fates.values()) {
            if (fate.outcome == Outcome.OK && fate.place != null) {
                confirmed
                        .computeIfAbsent(fate.place.channel, any -> new HashMap<>())
                        .computeIfAbsent(fate.place.position.epoch(), any -> new TreeMap<>())
                        .put(fate.place.position.offset(), fate);
            }
        }
        return confirmed;
    }

    /** What was answered with OK, by publisher and channel, in the publisher's order; {@link Fate#index} is the index. */
    Map<List<String>, List<Fate>> confirmedInOrder() {
        Map<List<String>, List<Fate>> order = new HashMap<>();
        for (Fate fate : fates.values()) {
            if (fate.outcome == Outcome.OK) {
                order.computeIfAbsent(List.of(fate.what.publisher(), fate.what.channel()), any -> new ArrayList<>())
                        .add(fate);
            }
        }
        return order;
    }

    enum Outcome {
        /** Answered with OK. */
        OK,
        /** Certainly not published. */
        FAILED,
        /** Its connection was lost before the answer, or the answer was an error that leaves it open. */
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

    /** One publish, from its invocation on. */
    static final class Fate {

        final Entry invoke;
        final Event.PubInvoke what;
        Outcome outcome = Outcome.UNKNOWN;
        /** Null if the publisher still waits. */
        @Nullable
        Entry end;
        /** The place in the latest epoch that it was seen in; null if it was never seen with one. */
        @Nullable
        Place place;

        final Set<Place> places = new HashSet<>();
        /** Among the confirmed ones of its publisher in its channel; −1 if it is none. */
        int index = -1;

        Fate(Entry invoke, Event.PubInvoke what) {
            this.invoke = invoke;
            this.what = what;
        }
    }
}
