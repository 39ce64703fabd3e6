package dev.switchboard.history;

import dev.switchboard.history.ChannelView.Run;
import dev.switchboard.history.ChannelView.State;
import dev.switchboard.history.Publications.Outcome;
import dev.switchboard.history.Publications.Place;
import dev.switchboard.history.Publications.PublishRecord;
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
 * <p>One fault often breaks several invariants, and so causes several violations. For raw channels
 * it checks only V2, V3, V5 and V11.
 */
public final class Checker {

    private static final Duration KEY_LIFE = Duration.ofSeconds(300);
    private static final int SLOW = 3008;
    private static final int UNRECOVERABLE = 112;
    private static final String DISCONNECTS = "disconnects.";

    private final List<Entry> log;
    private final Requirements requirements;
    private final List<Violation> violations = new ArrayList<>();
    private final Publications publications;
    private final Map<String, Map<String, NavigableMap<Long, PublishRecord>>> confirmed;
    private final Map<List<String>, List<PublishRecord>> confirmedInOrder;

    private final Map<String, Integer> histories = new HashMap<>();
    private final Map<String, Map<String, ChannelView>> views = new LinkedHashMap<>();
    private final Map<String, Map<String, Long>> confirmedSoFar = new HashMap<>();
    private final Map<List<String>, PublishRecord> latestOfPublisher = new HashMap<>();
    private final Map<String, Permission> permissions = new HashMap<>();
    private final List<Run> runs = new ArrayList<>();
    private final Map<String, Entry> truths = new LinkedHashMap<>();
    private final Map<Integer, List<Entry>> closes = new TreeMap<>();
    private @Nullable Entry counters;
    private int recoveries;
    private int refusals;

    private Checker(List<Entry> log, Requirements requirements) {
        this.log = log;
        this.requirements = requirements;
        this.publications =
                new Publications(log, (what, events) -> violations.add(new Violation(Invariant.V1, what, events)));
        this.confirmed = publications.confirmed();
        this.confirmedInOrder = publications.confirmedInOrder();
    }

    /** Returns all violations, none if the log is good. */
    public static List<Violation> judge(List<Entry> log, Requirements requirements) {
        Checker checker = new Checker(log, requirements);
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
            end(view(fail.subscriber(), fail.channel()));
        } else if (event instanceof Event.Unsub unsub) {
            end(view(unsub.subscriber(), unsub.channel()));
        } else if (event instanceof Event.Cut cut) {
            viewsOf(cut.client()).forEach(this::end);
        } else if (event instanceof Event.Close close) {
            closes.computeIfAbsent(close.code(), any -> new ArrayList<>()).add(entry);
            viewsOf(close.client()).forEach(this::end);
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
            views.values().stream()
                    .flatMap(all -> all.values().stream())
                    .filter(view -> view.channel.equals(truth.channel()))
                    .forEach(view -> atTop(view, entry, truth));
        } else if (event instanceof Event.Counters now) {
            counters = entry;
            requirements.bounds().forEach((name, most) -> {
                long value = now.values().getOrDefault(name, 0L);
                if (value > most) {
                    broken(Invariant.V13, name + " is " + value + ", above " + most, entry);
                }
            });
        }
    }

    private Collection<ChannelView> viewsOf(String subscriber) {
        return views.getOrDefault(subscriber, Map.of()).values();
    }

    private ChannelView view(String subscriber, String channel) {
        return views.computeIfAbsent(subscriber, any -> new LinkedHashMap<>())
                .computeIfAbsent(channel, any -> new ChannelView(subscriber, channel));
    }

    private boolean isStream(String channel) {
        return histories.getOrDefault(channel, 1) > 0;
    }

    /** V10: a publish after a reply has a later place. */
    private void invoked(Entry entry, Event.PubInvoke invoke) {
        PublishRecord publish = publications.publish(invoke.value());
        if (publish == null || publish.place == null) {
            return;
        }
        Position place = publish.place.position();
        PublishRecord before = latestOfPublisher.get(List.of(invoke.publisher(), invoke.channel(), place.epoch()));
        if (before != null && before.place != null && before.place.position().offset() > place.offset()) {
            broken(
                    Invariant.V10,
                    before.what.value() + " was answered before " + invoke.value() + " was published, but stands at "
                            + before.place + ", behind " + publish.place,
                    before.end,
                    entry);
        }
    }

    private void confirmed(Event.PubOk ok) {
        PublishRecord publish = publications.publish(Event.value(ok.publisher(), ok.n()));
        if (publish == null || publish.place == null) {
            return;
        }
        Position place = publish.place.position();
        confirmedSoFar
                .computeIfAbsent(publish.what.channel(), any -> new HashMap<>())
                .merge(place.epoch(), place.offset(), Math::max);
        latestOfPublisher.merge(
                List.of(ok.publisher(), publish.what.channel(), place.epoch()),
                publish,
                (a, b) -> a.place != null && a.place.position().offset() > place.offset() ? a : b);
    }

    private void asked(Entry entry, Event.SubInvoke invoke) {
        ChannelView view = view(invoke.subscriber(), invoke.channel());
        end(view);
        view.state = State.ASKED;
        view.gen = invoke.gen();
        view.asked = invoke.asked();
        view.since = entry;
        view.confirmedBefore = Map.copyOf(confirmedSoFar.getOrDefault(invoke.channel(), Map.of()));
    }

    private void subscribed(Entry entry, Event.SubOk ok) {
        ChannelView view = view(ok.subscriber(), ok.channel());
        if (view.state != State.ASKED || view.gen != ok.gen()) {
            broken(Invariant.V11, "a subscribe reply without a subscribe", entry, view.since);
            end(view);
        }
        Position asked = view.asked;
        Run before = view.run;
        view.state = State.OPEN;
        view.epoch = ok.epoch();
        view.recovered = ok.recovered();
        view.heardLive = false;
        view.offsets.clear();
        view.start = ok.recovered() && asked != null ? asked.offset() : ok.offset();
        view.last = view.start;
        if (!isStream(ok.channel())) {
            view.since = entry;
            return;
        }
        honest(entry, ok, view, asked);
        view.since = entry;
        if (ok.recovered() && before != null && before.epoch.equals(ok.epoch())) {
            view.run = before;
        } else {
            view.run = new Run(view, entry);
            runs.add(view.run);
        }
        for (Event.Item item : ok.items()) {
            heard(entry, view, item.offset(), item.value());
        }
        view.heardLive = false;
    }

    /** V7, and V8 as far as a subscribe reply can break it. */
    private void honest(Entry entry, Event.SubOk ok, ChannelView view, @Nullable Position asked) {
        recoveries += ok.recovered() ? 1 : 0;
        refusals += asked != null && !ok.recovered() ? 1 : 0;
        Entry question = view.since;
        long top = ok.items().isEmpty()
                ? view.start
                : ok.items().get(ok.items().size() - 1).offset();
        boolean sameEpoch =
                asked != null && (asked.epoch().isEmpty() || asked.epoch().equals(ok.epoch()));
        if (ok.epoch().isEmpty()) {
            broken(Invariant.V7, "the channel keeps a history, but the answer has no position", entry);
        } else if (!ok.recovered()) {
            if (!ok.items().isEmpty()) {
                broken(Invariant.V7, "publications in an answer that says they are not recovered", question, entry);
            }
            int kept = Math.min(requirements.recoverable(), histories.getOrDefault(ok.channel(), 0));
            if (asked != null && sameEpoch && ok.offset() >= asked.offset() && ok.offset() - asked.offset() <= kept) {
                broken(
                        Invariant.V7,
                        "not recovered, though only " + (ok.offset() - asked.offset()) + " were missed",
                        question,
                        entry);
            }
            top = ok.offset();
        } else if (asked == null) {
            broken(Invariant.V7, "recovered, though the subscribe has no position", question, entry);
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
        long known = view.confirmedBefore.getOrDefault(ok.epoch(), 0L);
        if (top < known) {
            broken(
                    Invariant.V7,
                    "the answer ends at " + top + ", but " + known + " was confirmed before the question",
                    question,
                    entry);
        }
    }

    private void received(Entry entry, Event.Recv recv) {
        ChannelView view = view(recv.subscriber(), recv.channel());
        Permission permission = permissions.get(recv.subscriber());
        if (permission != null && !permission.allows(recv.channel(), entry, requirements.revocation())) {
            broken(Invariant.V11, "heard without permission", permission.entry, entry);
        }
        if (!view.isOpen() || view.gen != recv.gen()) {
            broken(Invariant.V11, "heard outside a subscription", view.since, entry);
            published(entry, recv.channel(), recv.value());
            return;
        }
        if (isStream(recv.channel())) {
            if (!recv.epoch().isEmpty() && !recv.epoch().equals(view.epoch)) {
                broken(
                        Invariant.V8,
                        "heard epoch " + recv.epoch() + " in a subscription to " + view.epoch,
                        view.since,
                        entry);
            }
            if (view.recovered && !view.heardLive && recv.offset() > view.last + 1) {
                broken(
                        Invariant.V7,
                        "recovered up to " + view.last + ", but went on with " + recv.offset(),
                        view.since,
                        entry);
            }
            heard(entry, view, recv.offset(), recv.value());
            view.heardLive = true;
        } else {
            heardRaw(entry, view, recv.value());
        }
    }

    private void heard(Entry entry, ChannelView view, long offset, String value) {
        PublishRecord publish = published(entry, view.channel, value);
        boolean again = !view.offsets.add(offset);
        if (again) {
            broken(Invariant.V5, view.subscriber + " heard " + offset + " again", view.since, entry);
        } else if (offset <= view.start) {
            broken(
                    Invariant.V5,
                    view.subscriber + " heard " + offset + ", but had everything up to " + view.start,
                    view.since,
                    entry);
        }
        if (offset <= view.last) {
            broken(Invariant.V3, offset + " after " + view.last, view.since, entry);
        } else if (offset > view.last + 1) {
            broken(Invariant.V4, offset + " after " + view.last, view.since, entry);
        }
        view.last = Math.max(view.last, offset);
        if (publish != null
                && publish.place != null
                && publications.age(view.channel, publish.place.position().epoch())
                        > publications.age(view.channel, view.epoch)) {
            broken(
                    Invariant.V8,
                    value + " belongs to the epoch " + publish.place.position().epoch() + ", but was heard in "
                            + view.epoch,
                    view.since,
                    entry);
        }
        if (view.run != null) {
            view.run.offsets.add(offset);
            if (publish != null && publish.index >= 0) {
                noneLeftOut(entry, view.run, publish);
            }
        }
    }

    /**
     * V6 without offsets: no confirmed publication between two others of its publisher is missing.
     */
    private void noneLeftOut(Entry entry, Run run, PublishRecord publish) {
        Integer before = run.indexes.get(publish.what.publisher());
        if (before != null && publish.index > before + 1) {
            List<PublishRecord> mine =
                    confirmedInOrder.getOrDefault(List.of(publish.what.publisher(), run.channel), List.of());
            PublishRecord lost = mine.get(before + 1);
            broken(
                    Invariant.V6,
                    run.subscriber + " heard " + publish.what.value() + " but not " + lost.what.value() + " before it",
                    lost.end,
                    entry);
        }
        run.indexes.merge(publish.what.publisher(), publish.index, Math::max);
    }

    private void heardRaw(Entry entry, ChannelView view, String value) {
        PublishRecord publish = published(entry, view.channel, value);
        boolean again = !view.heard.add(value);
        if (again) {
            broken(Invariant.V5, view.subscriber + " heard " + value + " again", entry);
        }
        if (publish != null && publish.index >= 0) { // a publish without a reply may arrive after the next one
            Integer before = view.indexes.get(publish.what.publisher());
            if (before != null && publish.index <= before && !again) {
                broken(
                        Invariant.V3,
                        view.subscriber + " heard " + value + " after later ones of that publisher",
                        entry);
            }
            view.indexes.merge(publish.what.publisher(), publish.index, Math::max);
        }
    }

    /** V2; returns null if the value was not published to this channel. */
    private @Nullable PublishRecord published(Entry entry, String channel, String value) {
        PublishRecord publish = publications.publish(value);
        if (publish == null) {
            broken(Invariant.V2, "never published: " + value, entry);
            return null;
        }
        if (!publish.what.channel().equals(channel)) {
            broken(Invariant.V2, value + " was published to another channel", publish.invoke, entry);
            return null;
        }
        if (publish.invoke.number() > entry.number()) {
            broken(Invariant.V2, value + " was heard before it was published", entry, publish.invoke);
        } else if (publish.outcome == Outcome.FAILED) {
            broken(Invariant.V2, value + " was heard, but its publish failed", publish.invoke, publish.end, entry);
        }
        return publish;
    }

    /** V12; the truth is recorded after all clients have settled. */
    private void atTop(ChannelView view, Entry entry, Event.Truth truth) {
        if (view.state == State.ASKED) {
            broken(Invariant.V12, view.subscriber + " still waits for an answer", view.since, entry);
        } else if (view.isOpen() && (!view.epoch.equals(truth.epoch()) || view.last != truth.top())) {
            broken(
                    Invariant.V12,
                    view.subscriber + " is at " + view.epoch + "/" + view.last + ", but " + truth.channel() + " is at "
                            + truth.epoch() + "/" + truth.top(),
                    view.since,
                    entry);
        }
    }

    private void end(ChannelView view) {
        view.state = State.CLOSED;
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
                    broken(Invariant.V12, "no reader got the history of " + channel, counters);
                }
            });
        }
        exercised();
    }

    private void nothingLost(Run run) {
        NavigableMap<Long, PublishRecord> stored =
                confirmed.getOrDefault(run.channel, Map.of()).get(run.epoch);
        if (stored == null) {
            return;
        }
        long[] heard = run.offsets.stream().mapToLong(Long::longValue).sorted().toArray();
        long before = run.start;
        for (long offset : heard) {
            if (offset > before + 1) {
                for (PublishRecord lost :
                        stored.subMap(before, false, offset, false).values()) {
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

    /** V6 as far as the history shows it. */
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
            for (PublishRecord publish : publications.all()) {
                if (publish.outcome == Outcome.OK
                        && publish.place == null
                        && publish.what.channel().equals(truth.channel())
                        && since != null
                        && publish.invoke.number() > since.number()) {
                    broken(Invariant.V6, publish.what.value() + " has no place in the history", publish.end, entry);
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

    /** V12 for publishers; a log without truth belongs to a run that broke off. */
    private void answered() {
        if (!truths.isEmpty()) {
            for (PublishRecord publish : publications.all()) {
                if (publish.end == null) {
                    broken(Invariant.V12, publish.what.publisher() + " still waits for an answer", publish.invoke);
                }
            }
        }
    }

    private void idempotent() {
        Map<List<String>, PublishRecord> first = new HashMap<>();
        for (PublishRecord publish : publications.all()) {
            String key = publish.what.key();
            if (key == null) {
                continue;
            }
            for (Place place : publish.places) {
                PublishRecord before = first.putIfAbsent(
                        List.of(place.channel(), key, place.position().epoch()), publish);
                if (before != null
                        && !before.places.contains(place)
                        && publish.invoke.nanos() - before.invoke.nanos() <= KEY_LIFE.toNanos()) {
                    broken(Invariant.V9, key + " was published twice", before.invoke, publish.invoke);
                }
            }
            if (publish.places.size() > 1
                    && publish.places.stream()
                                    .map(place -> place.position().epoch())
                                    .distinct()
                                    .count()
                            == 1) {
                broken(Invariant.V9, key + " was published twice", publish.invoke);
            }
        }
    }

    /** V13 and V14 by the counters of the relay. */
    private void conserved(Entry entry, Map<String, Long> values) {
        for (String name : requirements.zero()) {
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
        exercised("recoveries", recoveries, requirements.recoveries());
        exercised("refused recoveries", refusals, requirements.refusals());
        exercised("rotations of an epoch", publications.rotations(), requirements.rotations());
        exercised("cuts of slow clients", cuts, requirements.cuts());
        if (!requirements.zero().isEmpty() && counters == null) {
            broken(Invariant.EXERCISED, "there are no counters " + requirements.zero());
        }
    }

    private void exercised(String what, long seen, long least) {
        if (seen < least) {
            broken(Invariant.EXERCISED, "only " + seen + " " + what + ", not " + least);
        }
    }

    /**
     * The channels that a subscriber may read.
     *
     * @param before the permission before; null if unknown
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
