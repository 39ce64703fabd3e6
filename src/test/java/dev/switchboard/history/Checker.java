package dev.switchboard.history;

import dev.switchboard.history.Interest.Run;
import dev.switchboard.history.Interest.State;
import dev.switchboard.history.Publications.Fate;
import dev.switchboard.history.Publications.Outcome;
import dev.switchboard.history.Publications.Place;
import dev.switchboard.model.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges a log by the delivery contract, in n log n of its events.
 *
 * <p>A fault often breaks several invariants, so a verdict may name it more than once. Of raw channels only V2, V3, V5 and V11 are judged.
 */
public final class Checker {

    private static final Duration KEY_LIFE = Duration.ofSeconds(300);
    private static final int SLOW = 3008;
    private static final int UNRECOVERABLE = 112;
    private static final String DISCONNECTS = "disconnects.";

    private final List<Entry> log;
    private final Demands demands;
    private final List<Violation> violations = new ArrayList<>();
    private final Publications publications;
    private final Map<String, Map<String, NavigableMap<Long, Fate>>> confirmed;
    private final Map<List<String>, List<Fate>> confirmedInOrder;

    private final Map<String, Integer> histories = new HashMap<>();
    private final Map<String, Map<String, Interest>> interests = new LinkedHashMap<>();
    private final Map<String, Map<String, Long>> confirmedSoFar = new HashMap<>();
    private final Map<List<String>, Fate> latestOfPublisher = new HashMap<>();
    private final Map<String, Permission> permissions = new HashMap<>();
    private final List<Run> runs = new ArrayList<>();
    private final Map<String, Entry> truths = new LinkedHashMap<>();
    private final Map<Integer, List<Entry>> closes = new TreeMap<>();
    private @Nullable Entry counters;
    private int recoveries;
    private int refusals;

    private Checker(List<Entry> log, Demands demands) {
        this.log = log;
        this.demands = demands;
        this.publications =
                new Publications(log, (what, events) -> violations.add(new Violation(Invariant.V1, what, events)));
        this.confirmed = publications.confirmed();
        this.confirmedInOrder = publications.confirmedInOrder();
    }

    /** An empty answer is a clean verdict. */
    public static List<Violation> judge(List<Entry> log, Demands demands) {
        Checker checker = new Checker(log, demands);
        log.forEach(checker::read);
        checker.finish();
        return checker.violations;
    }

    private void broken(Invariant invariant, String what, @Nullable Entry... events) {
        List<Entry> known = new ArrayList<>();
        for (Entry event : events) {
            if (event != null) {
                known.add(event);
            }
        }
        violations.add(new Violation(invariant, what, known));
    }

    // ---- event by event

    private void read(Entry entry) {
        Event event = entry.event();
        if (event instanceof Event.Recv recv) {
            received(entry, recv);
        } else if (event instanceof Event.PubInvoke invoke) {
            invoked(entry, invoke);
        } else if (event instanceof Event.PubOk ok) {
            confirmed(ok);
        } else if (event instanceof Event.SubInvoke invoke) {
            asked(entry, invoke);
        } else if (event instanceof Event.SubOk ok) {
            subscribed(entry, ok);
        } else if (event instanceof Event.SubFail fail) {
            refusals += fail.code() == UNRECOVERABLE ? 1 : 0;
            end(interest(fail.subscriber(), fail.channel()));
        } else if (event instanceof Event.Unsub unsub) {
            end(interest(unsub.subscriber(), unsub.channel()));
        } else if (event instanceof Event.Cut cut) {
            interestsOf(cut.client()).forEach(this::end);
        } else if (event instanceof Event.Close close) {
            closes.computeIfAbsent(close.code(), any -> new ArrayList<>()).add(entry);
            interestsOf(close.client()).forEach(this::end);
        } else if (event instanceof Event.CloseLate late) {
            closes.computeIfAbsent(late.code(), any -> new ArrayList<>()).add(entry);
        } else if (event instanceof Event.Malformed malformed) {
            broken(Invariant.V2, malformed.client() + " got a frame that is not of the protocol", entry);
        } else if (event instanceof Event.Channel channel) {
            histories.put(channel.channel(), channel.history());
        } else if (event instanceof Event.Permit permit) {
            Permission before = permissions.get(permit.subscriber());
            permissions.put(permit.subscriber(), new Permission(entry, permit, before == null ? null : before.now));
        } else if (event instanceof Event.Truth truth) {
            truths.put(truth.channel(), entry);
            truth.items().forEach(item -> published(entry, truth.channel(), item.value()));
            interests.values().stream()
                    .flatMap(all -> all.values().stream())
                    .filter(interest -> interest.channel.equals(truth.channel()))
                    .forEach(interest -> atTop(interest, entry, truth));
        } else if (event instanceof Event.Counters now) {
            counters = entry;
            demands.bounds().forEach((name, most) -> {
                long value = now.values().getOrDefault(name, 0L);
                if (value > most) {
                    broken(Invariant.V13, name + " is " + value + ", above " + most, entry);
                }
            });
        }
    }

    private Collection<Interest> interestsOf(String subscriber) {
        return interests.getOrDefault(subscriber, Map.of()).values();
    }

    private Interest interest(String subscriber, String channel) {
        return interests
                .computeIfAbsent(subscriber, any -> new LinkedHashMap<>())
                .computeIfAbsent(channel, any -> new Interest(subscriber, channel));
    }

    private boolean isStream(String channel) {
        return histories.getOrDefault(channel, 1) > 0;
    }

    /** V10: what follows an answer stands behind it. */
    private void invoked(Entry entry, Event.PubInvoke invoke) {
        Fate fate = publications.fate(invoke.value());
        if (fate == null || fate.place == null) {
            return;
        }
        Position place = fate.place.position();
        Fate before = latestOfPublisher.get(List.of(invoke.publisher(), invoke.channel(), place.epoch()));
        if (before != null && before.place != null && before.place.position().offset() > place.offset()) {
            broken(
                    Invariant.V10,
                    before.what.value() + " was answered before " + invoke.value() + " was published, but stands at "
                            + before.place + ", behind " + fate.place,
                    before.end,
                    entry);
        }
    }

    private void confirmed(Event.PubOk ok) {
        Fate fate = publications.fate(Event.value(ok.publisher(), ok.n()));
        if (fate == null || fate.place == null) {
            return;
        }
        Position place = fate.place.position();
        confirmedSoFar
                .computeIfAbsent(fate.what.channel(), any -> new HashMap<>())
                .merge(place.epoch(), place.offset(), Math::max);
        latestOfPublisher.merge(
                List.of(ok.publisher(), fate.what.channel(), place.epoch()),
                fate,
                (a, b) -> a.place != null && a.place.position().offset() > place.offset() ? a : b);
    }

    private void asked(Entry entry, Event.SubInvoke invoke) {
        Interest interest = interest(invoke.subscriber(), invoke.channel());
        end(interest);
        interest.state = State.ASKED;
        interest.gen = invoke.gen();
        interest.asked = invoke.asked();
        interest.since = entry;
        interest.confirmedBefore = Map.copyOf(confirmedSoFar.getOrDefault(invoke.channel(), Map.of()));
    }

    private void subscribed(Entry entry, Event.SubOk ok) {
        Interest interest = interest(ok.subscriber(), ok.channel());
        if (interest.state != State.ASKED || interest.gen != ok.gen()) {
            broken(Invariant.V11, "a subscribe answer that nobody waits for", entry, interest.since);
            end(interest);
        }
        Position asked = interest.asked;
        Run before = interest.run;
        interest.state = State.OPEN;
        interest.epoch = ok.epoch();
        interest.recovered = ok.recovered();
        interest.heardLive = false;
        interest.offsets.clear();
        interest.start = ok.recovered() && asked != null ? asked.offset() : ok.offset();
        interest.last = interest.start;
        if (!isStream(ok.channel())) {
            interest.since = entry;
            return;
        }
        honest(entry, ok, interest, asked);
        interest.since = entry;
        if (ok.recovered() && before != null && before.epoch.equals(ok.epoch())) {
            interest.run = before;
        } else {
            interest.run = new Run(interest, entry);
            runs.add(interest.run);
        }
        for (Event.Item item : ok.items()) {
            heard(entry, interest, item.offset(), item.value());
        }
        interest.heardLive = false;
    }

    /** V7, and V8 as far as an answer can break it. */
    private void honest(Entry entry, Event.SubOk ok, Interest interest, @Nullable Position asked) {
        recoveries += ok.recovered() ? 1 : 0;
        refusals += asked != null && !ok.recovered() ? 1 : 0;
        Entry question = interest.since;
        long top = ok.items().isEmpty()
                ? interest.start
                : ok.items().get(ok.items().size() - 1).offset();
        boolean sameEpoch =
                asked != null && (asked.epoch().isEmpty() || asked.epoch().equals(ok.epoch()));
        if (ok.epoch().isEmpty()) {
            broken(Invariant.V7, "the channel keeps a history, but the answer has no position", entry);
        } else if (!ok.recovered()) {
            if (!ok.items().isEmpty()) {
                broken(Invariant.V7, "publications in an answer that says they are not recovered", question, entry);
            }
            int kept = Math.min(demands.recoverable(), histories.getOrDefault(ok.channel(), 0));
            if (asked != null && sameEpoch && ok.offset() >= asked.offset() && ok.offset() - asked.offset() <= kept) {
                broken(
                        Invariant.V7,
                        "not recovered, though only " + (ok.offset() - asked.offset()) + " were missed",
                        question,
                        entry);
            }
            top = ok.offset();
        } else if (asked == null) {
            broken(Invariant.V7, "recovered, though nobody asked for it", question, entry);
        } else if (!sameEpoch) {
            broken(Invariant.V7, "recovered from a position in another epoch", question, entry);
            broken(Invariant.V8, "a new epoch, but the answer says that nothing is missing", question, entry);
        } else {
            long expected = asked.offset();
            for (Event.Item item : ok.items()) {
                expected++;
                if (item.offset() != expected) {
                    broken(
                            Invariant.V7,
                            "recovered " + item.offset() + " in the place of " + expected,
                            question,
                            entry);
                    break;
                }
            }
        }
        long known = interest.confirmedBefore.getOrDefault(ok.epoch(), 0L);
        if (top < known) {
            broken(
                    Invariant.V7,
                    "the answer ends at " + top + ", but " + known + " was confirmed before the question",
                    question,
                    entry);
        }
    }

    private void received(Entry entry, Event.Recv recv) {
        Interest interest = interest(recv.subscriber(), recv.channel());
        Permission permission = permissions.get(recv.subscriber());
        if (permission != null && !permission.allows(recv.channel(), entry, demands.revocation())) {
            broken(Invariant.V11, "heard without permission", permission.entry, entry);
        }
        if (!interest.isOpen() || interest.gen != recv.gen()) {
            broken(Invariant.V11, "heard outside a subscription", interest.since, entry);
            published(entry, recv.channel(), recv.value());
            return;
        }
        if (isStream(recv.channel())) {
            if (!recv.epoch().isEmpty() && !recv.epoch().equals(interest.epoch)) {
                broken(
                        Invariant.V8,
                        "heard epoch " + recv.epoch() + " in a subscription to " + interest.epoch,
                        interest.since,
                        entry);
            }
            if (interest.recovered && !interest.heardLive && recv.offset() > interest.last + 1) {
                broken(
                        Invariant.V7,
                        "recovered up to " + interest.last + ", but went on with " + recv.offset(),
                        interest.since,
                        entry);
            }
            heard(entry, interest, recv.offset(), recv.value());
            interest.heardLive = true;
        } else {
            heardRaw(entry, interest, recv.value());
        }
    }

    private void heard(Entry entry, Interest interest, long offset, String value) {
        Fate fate = published(entry, interest.channel, value);
        boolean again = !interest.offsets.add(offset);
        if (again) {
            broken(Invariant.V5, interest.subscriber + " heard " + offset + " again", interest.since, entry);
        } else if (offset <= interest.start) {
            broken(
                    Invariant.V5,
                    interest.subscriber + " heard " + offset + ", but had everything up to " + interest.start,
                    interest.since,
                    entry);
        }
        if (offset <= interest.last) {
            broken(Invariant.V3, offset + " after " + interest.last, interest.since, entry);
        } else if (offset > interest.last + 1) {
            broken(Invariant.V4, offset + " after " + interest.last, interest.since, entry);
        }
        interest.last = Math.max(interest.last, offset);
        if (fate != null
                && fate.place != null
                && publications.age(interest.channel, fate.place.position().epoch())
                        > publications.age(interest.channel, interest.epoch)) {
            broken(
                    Invariant.V8,
                    value + " belongs to the epoch " + fate.place.position().epoch() + ", but was heard in "
                            + interest.epoch,
                    interest.since,
                    entry);
        }
        if (interest.run != null) {
            interest.run.offsets.add(offset);
            if (fate != null && fate.index >= 0) {
                noneLeftOut(entry, interest.run, fate);
            }
        }
    }

    /** V6, also where nobody knows the offset of what was lost: what stands between two confirmed publications of one publisher. */
    private void noneLeftOut(Entry entry, Run run, Fate fate) {
        Integer before = run.indexes.get(fate.what.publisher());
        if (before != null && fate.index > before + 1) {
            List<Fate> mine = confirmedInOrder.getOrDefault(List.of(fate.what.publisher(), run.channel), List.of());
            Fate lost = mine.get(before + 1);
            broken(
                    Invariant.V6,
                    run.subscriber + " heard " + fate.what.value() + " but not " + lost.what.value() + " before it",
                    lost.end,
                    entry);
        }
        run.indexes.merge(fate.what.publisher(), fate.index, Math::max);
    }

    private void heardRaw(Entry entry, Interest interest, String value) {
        Fate fate = published(entry, interest.channel, value);
        boolean again = !interest.heard.add(value);
        if (again) {
            broken(Invariant.V5, interest.subscriber + " heard " + value + " again", entry);
        }
        if (fate != null && fate.index >= 0) { // what was cut off before its answer may arrive after the next
            Integer before = interest.indexes.get(fate.what.publisher());
            if (before != null && fate.index <= before && !again) {
                broken(
                        Invariant.V3,
                        interest.subscriber + " heard " + value + " after later ones of that publisher",
                        entry);
            }
            interest.indexes.merge(fate.what.publisher(), fate.index, Math::max);
        }
    }

    /** V2; null if nobody published it to this channel. */
    private @Nullable Fate published(Entry entry, String channel, String value) {
        Fate fate = publications.fate(value);
        if (fate == null) {
            broken(Invariant.V2, "nobody published " + value, entry);
            return null;
        }
        if (!fate.what.channel().equals(channel)) {
            broken(Invariant.V2, value + " was published to another channel", fate.invoke, entry);
            return null;
        }
        if (fate.invoke.number() > entry.number()) {
            broken(Invariant.V2, value + " was heard before it was published", entry, fate.invoke);
        } else if (fate.outcome == Outcome.FAILED) {
            broken(Invariant.V2, value + " was heard, but its publish failed", fate.invoke, fate.end, entry);
        }
        return fate;
    }

    /** V12: the truth is written down when everything has settled. */
    private void atTop(Interest interest, Entry entry, Event.Truth truth) {
        if (interest.state == State.ASKED) {
            broken(Invariant.V12, interest.subscriber + " still waits for an answer", interest.since, entry);
        } else if (interest.isOpen() && (!interest.epoch.equals(truth.epoch()) || interest.last != truth.top())) {
            broken(
                    Invariant.V12,
                    interest.subscriber + " is at " + interest.epoch + "/" + interest.last + ", but " + truth.channel()
                            + " is at " + truth.epoch() + "/" + truth.top(),
                    interest.since,
                    entry);
        }
    }

    private void end(Interest interest) {
        interest.state = State.CLOSED;
    }

    // ---- when all is over

    private void finish() {
        runs.forEach(this::nothingLost);
        truths.values().forEach(this::everythingStored);
        answered();
        idempotent();
        if (counters != null && counters.event() instanceof Event.Counters last) {
            conserved(counters, last.values());
            histories.forEach((channel, size) -> {
                if (size > 0 && !truths.containsKey(channel)) {
                    broken(Invariant.V12, "nobody could read the history of " + channel, counters);
                }
            });
        }
        exercised();
    }

    private void nothingLost(Run run) {
        NavigableMap<Long, Fate> stored =
                confirmed.getOrDefault(run.channel, Map.of()).get(run.epoch);
        if (stored == null) {
            return;
        }
        long[] heard = run.offsets.stream().mapToLong(Long::longValue).sorted().toArray();
        long before = run.start;
        for (long offset : heard) {
            if (offset > before + 1) {
                for (Fate lost : stored.subMap(before, false, offset, false).values()) {
                    broken(
                            Invariant.V6,
                            run.subscriber + " heard what is around " + lost.place + ", but not " + lost.what.value(),
                            run.begin,
                            lost.end);
                }
            }
            before = Math.max(before, offset);
        }
    }

    /** V6 as far as history shows it. */
    private void everythingStored(Entry entry) {
        Event.Truth truth = (Event.Truth) entry.event();
        long expected =
                truth.items().isEmpty() ? truth.top() : truth.items().get(0).offset() - 1;
        for (Event.Item item : truth.items()) {
            expected++;
            if (item.offset() != expected) {
                broken(Invariant.V6, "history has " + item.offset() + " in the place of " + expected, entry);
                expected = item.offset();
            }
        }
        if (expected != truth.top()) {
            broken(Invariant.V6, "history ends at " + expected + ", but its top is " + truth.top(), entry);
        }
        if (publications.seen(truth.channel(), truth.epoch()) == truth.top()) {
            Entry since = firstOf(truth.channel(), truth.epoch());
            for (Fate fate : publications.all()) {
                if (fate.outcome == Outcome.OK
                        && fate.place == null
                        && fate.what.channel().equals(truth.channel())
                        && since != null
                        && fate.invoke.number() > since.number()) {
                    broken(Invariant.V6, fate.what.value() + " has no place in the history", fate.end, entry);
                }
            }
        }
    }

    private @Nullable Entry firstOf(String channel, String epoch) {
        for (Entry entry : log) {
            if (entry.event() instanceof Event.SubOk ok
                    && ok.channel().equals(channel)
                    && ok.epoch().equals(epoch)) {
                return entry;
            }
        }
        return null;
    }

    /** V12 for publishers; a log without truth is of a run that broke off. */
    private void answered() {
        if (!truths.isEmpty()) {
            for (Fate fate : publications.all()) {
                if (fate.end == null) {
                    broken(Invariant.V12, fate.what.publisher() + " still waits for an answer", fate.invoke);
                }
            }
        }
    }

    private void idempotent() {
        Map<List<String>, Fate> first = new HashMap<>();
        for (Fate fate : publications.all()) {
            String key = fate.what.key();
            if (key == null) {
                continue;
            }
            for (Place place : fate.places) {
                Fate before = first.putIfAbsent(
                        List.of(place.channel(), key, place.position().epoch()), fate);
                if (before != null
                        && !before.places.contains(place)
                        && fate.invoke.nanos() - before.invoke.nanos() <= KEY_LIFE.toNanos()) {
                    broken(Invariant.V9, key + " was published twice", before.invoke, fate.invoke);
                }
            }
            if (fate.places.size() > 1
                    && fate.places.stream()
                                    .map(place -> place.position().epoch())
                                    .distinct()
                                    .count()
                            == 1) {
                broken(Invariant.V9, key + " was published twice", fate.invoke);
            }
        }
    }

    /** V13 and V14 as far as the relay counts. */
    private void conserved(Entry entry, Map<String, Long> values) {
        for (String name : demands.zero()) {
            Long value = values.get(name);
            if (value == null || value != 0) {
                broken(Invariant.V13, "in the end " + name + " is " + value, entry);
            }
        }
        if (values.keySet().stream().noneMatch(name -> name.startsWith(DISCONNECTS))) {
            return;
        }
        Map<Integer, Long> counted = new TreeMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(DISCONNECTS)) {
                counted.put(Integer.valueOf(name.substring(DISCONNECTS.length())), value);
            }
        });
        closes.forEach((code, seen) -> {
            if (code >= 3000) {
                counted.putIfAbsent(code, 0L);
            }
        });
        counted.forEach((code, value) -> {
            List<Entry> seen = closes.getOrDefault(code, List.of());
            if (value != seen.size()) {
                broken(
                        Invariant.V14,
                        "the relay counts " + value + " disconnects with " + code + ", its clients saw " + seen.size(),
                        entry);
            }
        });
    }

    private void exercised() {
        long cuts = closes.getOrDefault(SLOW, List.of()).size();
        if (counters != null && counters.event() instanceof Event.Counters last) {
            cuts = Math.max(cuts, last.values().getOrDefault(DISCONNECTS + SLOW, 0L));
        }
        exercised("recoveries", recoveries, demands.recoveries());
        exercised("refused recoveries", refusals, demands.refusals());
        exercised("rotations of an epoch", publications.rotations(), demands.rotations());
        exercised("cuts of slow clients", cuts, demands.cuts());
        if (!demands.zero().isEmpty() && counters == null) {
            broken(Invariant.EXERCISED, "nobody read the counters " + demands.zero());
        }
    }

    private void exercised(String what, long seen, long least) {
        if (seen < least) {
            broken(Invariant.EXERCISED, "only " + seen + " " + what + ", not " + least);
        }
    }

    /**
     * What a subscriber may hear.
     *
     * @param before what it might hear until then; null if that is not known
     */
    private record Permission(Entry entry, Event.Permit now, Event.@Nullable Permit before) {

        boolean allows(String channel, Entry heard, Duration grace) {
            return now.channels().contains(channel)
                    || before != null
                            && before.channels().contains(channel)
                            && heard.nanos() - entry.nanos() <= grace.toNanos();
        }
    }
}
