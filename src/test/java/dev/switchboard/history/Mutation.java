package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Changes a good log into that of a broken relay. */
enum Mutation {
    /** A live publication never arrives. */
    DROP(Invariant.V4) {
        @Override
        void spoil(Draft draft) {
            draft.remove(draft.amid());
        }
    },
    /** A confirmed publication never arrives. */
    DROP_CONFIRMED(Invariant.V6) {
        @Override
        void spoil(Draft draft) {
            draft.remove(draft.any(at -> draft.isAmid(at)
                    && draft.event(at) instanceof Event.Recv recv
                    && draft.outcomes.get(recv.value()) instanceof Event.PubOk));
        }
    },
    /** The last publication before a cut is lost, and the subscriber claims to have it. */
    LOSE_BEFORE_A_CUT(Invariant.V6) {
        @Override
        void spoil(Draft draft) {
            draft.remove(draft.any(at -> draft.event(at) instanceof Event.Recv recv
                    && draft.outcomes.get(recv.value()) instanceof Event.PubOk
                    && draft.next(at) instanceof Event.SubOk ok
                    && ok.recovered()
                    && draft.afterwards(draft.indexOfNext(at)) instanceof Event.Recv));
        }
    },
    /** Two publications change places. */
    SWAP(Invariant.V3) {
        @Override
        void spoil(Draft draft) {
            int first = draft.amid();
            int second = draft.indexOfNext(first);
            Event event = draft.event(first);
            draft.set(first, draft.event(second));
            draft.set(second, event);
        }
    },
    /** Two publications of a raw channel change places. */
    SWAP_RAW(Invariant.V3) {
        @Override
        void spoil(Draft draft) {
            int first = draft.any(at -> draft.event(at) instanceof Event.Recv a
                    && a.channel().equals("raw")
                    && draft.next(at) instanceof Event.Recv b
                    && publisher(a).equals(publisher(b)));
            int second = draft.indexOfNext(first);
            Event event = draft.event(first);
            draft.set(first, draft.event(second));
            draft.set(second, event);
        }
    },
    /** A publication arrives twice. */
    DOUBLE(Invariant.V5) {
        @Override
        void spoil(Draft draft) {
            int at = draft.amid();
            draft.add(at, draft.event(at));
        }
    },
    /** A publication of a raw channel arrives twice. */
    DOUBLE_RAW(Invariant.V5) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i ->
                    draft.event(i) instanceof Event.Recv recv && recv.channel().equals("raw"));
            draft.add(at, draft.event(at));
        }
    },
    /** A recovery has publications that the subscriber has already. */
    REPEAT_AFTER_RECOVERY(Invariant.V5) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.SubOk ok
                    && ok.recovered()
                    && ok.offset() > 0
                    && draft.values.containsKey(List.of(ok.channel(), ok.epoch(), ok.offset())));
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            String value = draft.valueAt(ok.channel(), ok.epoch(), ok.offset());
            draft.add(at + 1, new Event.Recv(ok.subscriber(), ok.channel(), ok.gen(), ok.epoch(), ok.offset(), value));
        }
    },
    /** One publication arrives in the place of another. */
    CHANGE_VALUE(Invariant.V1) {
        @Override
        void spoil(Draft draft) {
            int at = draft.amid();
            draft.set(
                    at, with((Event.Recv) draft.event(at), ((Event.Recv) draft.event(draft.indexOfNext(at))).value()));
        }
    },
    /** An offset is used twice in its epoch. */
    REUSE_OFFSET(Invariant.V1) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.PubOk ok && ok.offset() > 1);
            Event.PubOk ok = (Event.PubOk) draft.event(at);
            draft.set(at, new Event.PubOk(ok.publisher(), ok.n(), ok.offset() - 1, ok.epoch()));
        }
    },
    /** A publication arrives that was never published. */
    PHANTOM(Invariant.V2) {
        @Override
        void spoil(Draft draft) {
            int at = draft.amid();
            draft.set(at, with((Event.Recv) draft.event(at), "p1:999999"));
        }
    },
    /** A publication arrives whose publish was refused. */
    ABORTED(Invariant.V2) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.PubOk ok && ok.offset() > 0);
            Event.PubOk ok = (Event.PubOk) draft.event(at);
            draft.set(at, new Event.PubFail(ok.publisher(), ok.n(), 103));
        }
    },
    /** A publication arrives in another channel. */
    CROSS_CHANNELS(Invariant.V2) {
        @Override
        void spoil(Draft draft) {
            int from = draft.any(i ->
                    draft.event(i) instanceof Event.Recv recv && recv.channel().equals("large"));
            int to = draft.any(i ->
                    draft.event(i) instanceof Event.Recv recv && recv.channel().equals("raw"));
            draft.set(to, with((Event.Recv) draft.event(to), ((Event.Recv) draft.event(from)).value()));
        }
    },
    /** A publication arrives before its publish. */
    FORESIGHT(Invariant.V2) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.Recv);
            String value = ((Event.Recv) draft.event(at)).value();
            int invoke = draft.any(i ->
                    draft.event(i) instanceof Event.PubInvoke pub && pub.value().equals(value));
            Event event = draft.event(invoke);
            draft.remove(invoke);
            draft.add(at, event);
        }
    },
    /** A reply says recovered although the history was lost. */
    FLAG_TRUE(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(
                    i -> draft.event(i) instanceof Event.SubOk ok && draft.asked(i) != null && !ok.recovered());
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            Position asked = draft.asked(at);
            draft.set(at, with(ok, true, asked == null ? 0 : asked.offset(), ok.items()));
        }
    },
    /** A reply with publications says that they are not recovered. */
    FLAG_FALSE(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.recovery(1);
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            draft.set(at, with(ok, false, ok.offset(), ok.items()));
        }
    },
    /** A reply says not recovered although no publication was missed. */
    REFUSED_FOR_NOTHING(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.SubOk ok
                    && ok.recovered()
                    && ok.items().isEmpty());
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            draft.set(at, with(ok, false, ok.offset(), ok.items()));
        }
    },
    /** A reply says not recovered, and has publications. */
    ITEMS_IN_A_REFUSAL(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.SubOk ok
                    && draft.asked(i) != null
                    && !ok.recovered()
                    && draft.values.containsKey(List.of(ok.channel(), ok.epoch(), ok.offset())));
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            String value = draft.valueAt(ok.channel(), ok.epoch(), ok.offset());
            draft.set(at, with(ok, false, ok.offset(), List.of(new Event.Item(ok.offset(), value))));
        }
    },
    /** A recovery leaves out a publication in the middle. */
    HOLE_IN_A_RECOVERY(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.recovery(3);
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            List<Event.Item> items = new ArrayList<>(ok.items());
            items.remove(1);
            draft.set(at, with(ok, true, ok.offset(), items));
        }
    },
    /** A recovery ends too early. */
    SHORT_RECOVERY(Invariant.V7) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.isRecovery(i, 2) && draft.next(i) instanceof Event.Recv);
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            draft.set(at, with(ok, true, ok.offset(), ok.items().subList(0, 1)));
        }
    },
    /** The history is lost, and a subscriber gets the new one as if it were the old one. */
    UNTOLD_ROTATION(Invariant.V8) {
        @Override
        void spoil(Draft draft) {
            int unsub = draft.any(i -> draft.event(i) instanceof Event.Unsub gone
                    && gone.code() == 2500
                    && draft.next(i) instanceof Event.SubOk
                    && draft.afterwards(draft.indexOfNext(i)) instanceof Event.Recv);
            Event.Unsub gone = (Event.Unsub) draft.event(unsub);
            int ok = draft.indexOfNext(unsub);
            String newEpoch = ((Event.SubOk) draft.event(ok)).epoch();
            String oldEpoch = draft.epochBefore(unsub);
            for (int i = ok + 1; i < draft.size(); i++) {
                if (draft.event(i) instanceof Event.Recv recv
                        && recv.subscriber().equals(gone.subscriber())
                        && recv.channel().equals(gone.channel())
                        && recv.gen() == gone.gen() + 1
                        && recv.epoch().equals(newEpoch)) {
                    draft.set(
                            i,
                            new Event.Recv(
                                    recv.subscriber(),
                                    recv.channel(),
                                    gone.gen(),
                                    oldEpoch,
                                    recv.offset(),
                                    recv.value()));
                }
            }
            draft.remove(ok);
            draft.removeFirst(i -> draft.event(i) instanceof Event.SubInvoke invoke
                    && invoke.subscriber().equals(gone.subscriber())
                    && invoke.channel().equals(gone.channel())
                    && invoke.gen() == gone.gen() + 1);
            draft.remove(unsub);
        }
    },
    /** A reply has another epoch, and says that nothing is missing. */
    EPOCH_IGNORED(Invariant.V8) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> {
                Position asked = draft.asked(i);
                return draft.event(i) instanceof Event.SubOk ok
                        && asked != null
                        && !ok.epoch().equals(asked.epoch());
            });
            Event.SubOk ok = (Event.SubOk) draft.event(at);
            draft.set(at, with(ok, true, ok.offset(), ok.items()));
        }
    },
    /** A second publish with the same key is published as well. */
    SAME_KEY(Invariant.V9) {
        @Override
        void spoil(Draft draft) {
            int[] both = IntStream.range(0, draft.size())
                    .filter(i -> draft.event(i) instanceof Event.PubInvoke pub
                            && pub.publisher().equals("p1")
                            && pub.channel().equals("large")
                            && draft.outcomes.get(pub.value()) instanceof Event.PubOk)
                    .limit(2)
                    .toArray();
            Event.PubInvoke first = (Event.PubInvoke) draft.event(both[0]);
            Event.PubInvoke second = (Event.PubInvoke) draft.event(both[1]);
            draft.set(both[1], new Event.PubInvoke(second.publisher(), second.n(), second.channel(), first.key()));
        }
    },
    /** Two publications of a publisher are in the wrong order, for all subscribers. */
    WRONG_ORDER(Invariant.V10) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.PubInvoke pub
                    && draft.outcomes.get(pub.value()) instanceof Event.PubOk ok
                    && ok.offset() > 0
                    && draft.outcomes.get(Event.value(pub.publisher(), pub.n() + 1)) instanceof Event.PubOk after
                    && after.epoch().equals(ok.epoch()));
            Event.PubInvoke pub = (Event.PubInvoke) draft.event(at);
            draft.exchange(pub.value(), Event.value(pub.publisher(), pub.n() + 1));
        }
    },
    /** A publication arrives after the reply to an unsubscribe. */
    HEARD_AFTER_UNSUBSCRIBE(Invariant.V11) {
        @Override
        void spoil(Draft draft) {
            int unsub = draft.any(i ->
                    draft.event(i) instanceof Event.Unsub && draft.event(draft.indexBefore(i)) instanceof Event.Recv);
            int recv = draft.indexBefore(unsub);
            Event event = draft.event(recv);
            draft.add(unsub + 1, event);
            draft.remove(recv);
        }
    },
    /** A publication arrives before the reply to a subscribe. */
    HEARD_BEFORE_THE_ANSWER(Invariant.V11) {
        @Override
        void spoil(Draft draft) {
            int ok = draft.any(i -> draft.event(i) instanceof Event.SubOk && draft.next(i) instanceof Event.Recv);
            int recv = draft.indexOfNext(ok);
            Event event = draft.event(recv);
            draft.remove(recv);
            draft.add(ok, event);
        }
    },
    /** A publication arrives without permission. */
    NO_PERMISSION(Invariant.V11) {
        @Override
        void spoil(Draft draft) {
            int at = draft.any(i -> draft.event(i) instanceof Event.Permit);
            draft.set(at, new Event.Permit(((Event.Permit) draft.event(at)).subscriber(), List.of("small", "raw")));
        }
    },
    /** The last publication of all does not arrive. */
    STUCK(Invariant.V12) {
        @Override
        void spoil(Draft draft) {
            draft.remove(draft.any(i -> draft.event(i) instanceof Event.Recv recv
                    && draft.isOpenAtTheEnd(i)
                    && !recv.channel().equals("raw")));
        }
    },
    /** A subscribe never gets a reply. */
    NO_ANSWER(Invariant.V12) {
        @Override
        void spoil(Draft draft) {
            int truth = draft.any(i -> draft.event(i) instanceof Event.Truth);
            draft.add(truth, new Event.SubInvoke("s1", "small", 1_000_000, null));
        }
    },
    /** The relay counts a client when all have left. */
    LEFT_BEHIND(Invariant.V13) {
        @Override
        void spoil(Draft draft) {
            draft.count("clients", 1);
        }
    },
    /** The relay counts more cuts than there were. */
    MISCOUNTED(Invariant.V14) {
        @Override
        void spoil(Draft draft) {
            draft.count("disconnects.3008", 1_000);
        }
    },
    /** A confirmed publication is never stored. */
    NOT_STORED(Invariant.V6) {
        @Override
        void spoil(Draft draft) {
            int truth = draft.any(
                    i -> draft.event(i) instanceof Event.Truth t && t.channel().equals("large"));
            draft.add(truth, new Event.PubOk("p4", 1_000_000, 0, ""));
            draft.add(truth, new Event.PubInvoke("p4", 1_000_000, "large", null));
        }
    },
    /** No client is ever cut. */
    NOTHING_HAPPENED(Invariant.EXERCISED) {
        @Override
        void spoil(Draft draft) {
            for (int i = 0; i < draft.size(); i++) {
                if (draft.event(i) instanceof Event.Close close) {
                    draft.set(i, new Event.Cut(close.client()));
                } else if (draft.event(i) instanceof Event.Counters counters) {
                    Map<String, Long> values = new HashMap<>(counters.values());
                    values.remove("disconnects.3008");
                    draft.set(i, new Event.Counters(values));
                }
            }
        }
    };

    private final Invariant invariant;

    Mutation(Invariant invariant) {
        this.invariant = invariant;
    }

    Invariant invariant() {
        return invariant;
    }

    List<Entry> spoil(List<Entry> good, Random random) {
        Draft draft = new Draft(good, random);
        spoil(draft);
        return draft.entries();
    }

    abstract void spoil(Draft draft);

    private static Event.Recv with(Event.Recv recv, String value) {
        return new Event.Recv(recv.subscriber(), recv.channel(), recv.gen(), recv.epoch(), recv.offset(), value);
    }

    private static Event.SubOk with(Event.SubOk ok, boolean recovered, long offset, List<Event.Item> items) {
        return new Event.SubOk(
                ok.subscriber(), ok.channel(), ok.gen(), recovered, ok.epoch(), offset, List.copyOf(items));
    }

    private static String publisher(Event.Recv recv) {
        return recv.value().substring(0, recv.value().indexOf(':'));
    }

    /** A log under change; at the end its events get new numbers. */
    static final class Draft {

        private final List<Entry> entries;
        private final Random random;
        /** The outcome of the publish of each value. */
        final Map<String, Event> outcomes = new HashMap<>();
        /** The value at each channel, epoch and offset. */
        final Map<List<Object>, String> values = new HashMap<>();

        private final Map<List<Object>, Position> asked = new HashMap<>();
        private final Map<List<Object>, List<Integer>> bySubscription = new HashMap<>();

        Draft(List<Entry> good, Random random) {
            this.entries = new ArrayList<>(good);
            this.random = random;
            for (int i = 0; i < good.size(); i++) {
                Event event = good.get(i).event();
                if (event instanceof Event.PubOk ok) {
                    outcomes.put(Event.value(ok.publisher(), ok.n()), ok);
                } else if (event instanceof Event.SubInvoke invoke && invoke.asked() != null) {
                    asked.put(List.of(invoke.subscriber(), invoke.channel(), invoke.gen()), invoke.asked());
                } else if (event instanceof Event.Recv recv) {
                    values.put(List.of(recv.channel(), recv.epoch(), recv.offset()), recv.value());
                }
                List<Object> key = view(event);
                if (!key.isEmpty() && !(event instanceof Event.SubInvoke)) {
                    bySubscription
                            .computeIfAbsent(key, any -> new ArrayList<>())
                            .add(i);
                }
            }
        }

        int size() {
            return entries.size();
        }

        Event event(int at) {
            return entries.get(at).event();
        }

        void set(int at, Event event) {
            entries.set(at, new Entry(0, entries.get(at).nanos(), event));
        }

        void add(int at, Event event) {
            entries.add(at, new Entry(0, entries.get(at).nanos(), event));
        }

        void remove(int at) {
            entries.remove(at);
        }

        void removeFirst(Predicate<Integer> which) {
            remove(IntStream.range(0, size()).filter(which::test).findFirst().orElseThrow());
        }

        List<Entry> entries() {
            List<Entry> counted = new ArrayList<>();
            for (Entry entry : entries) {
                counted.add(new Entry(counted.size(), entry.nanos(), entry.event()));
            }
            return counted;
        }

        /** Returns one of the events that fit, by the seed. */
        int any(Predicate<Integer> fits) {
            int[] all = IntStream.range(0, size()).filter(fits::test).toArray();
            if (all.length == 0) {
                throw new IllegalStateException("nothing to spoil");
            }
            return all[random.nextInt(all.length)];
        }

        /**
         * Returns a live publication of a stream that is neither the first nor the last of its
         * subscription.
         */
        int amid() {
            return any(this::isAmid);
        }

        boolean isAmid(int at) {
            return event(at) instanceof Event.Recv recv
                    && !recv.channel().equals("raw")
                    && next(at) instanceof Event.Recv after
                    && after.gen() == recv.gen()
                    && indexBefore(at) >= 0
                    && event(indexBefore(at)) instanceof Event.Recv;
        }

        int recovery(int least) {
            return any(at -> isRecovery(at, least));
        }

        boolean isRecovery(int at, int least) {
            return event(at) instanceof Event.SubOk ok
                    && ok.recovered()
                    && ok.items().size() >= least;
        }

        @Nullable
        Position asked(int at) {
            return event(at) instanceof Event.SubOk ok
                    ? asked.get(List.of(ok.subscriber(), ok.channel(), ok.gen()))
                    : null;
        }

        String valueAt(String channel, String epoch, long offset) {
            String value = values.get(List.of(channel, epoch, offset));
            if (value == null) {
                throw new IllegalStateException("nothing at " + offset);
            }
            return value;
        }

        /**
         * Returns the next event of the same subscriber in the same channel; null if there is none.
         * The result is valid until the draft is changed.
         */
        @Nullable
        Event next(int at) {
            int next = indexOfNext(at);
            return next < 0 ? null : event(next);
        }

        @Nullable
        Event afterwards(int at) {
            return next(at);
        }

        int indexOfNext(int at) {
            return neighbour(at, 1);
        }

        int indexBefore(int at) {
            return neighbour(at, -1);
        }

        private int neighbour(int at, int step) {
            List<Integer> mine = bySubscription.getOrDefault(view(event(at)), List.of());
            int found = mine.indexOf(at) + step;
            return found < 0 || found >= mine.size() ? -1 : mine.get(found);
        }

        boolean isOpenAtTheEnd(int at) {
            return indexOfNext(at) < 0;
        }

        /** Returns the epoch of the subscription that ends here. */
        String epochBefore(int unsub) {
            int at = indexBefore(unsub);
            while (at >= 0) {
                if (event(at) instanceof Event.SubOk ok) {
                    return ok.epoch();
                }
                at = indexBefore(at);
            }
            throw new IllegalStateException("no subscription");
        }

        /** Exchanges two values in all events. */
        void exchange(String one, String other) {
            for (int i = 0; i < size(); i++) {
                Event event = event(i);
                if (event instanceof Event.Recv recv) {
                    set(i, with(recv, exchanged(recv.value(), one, other)));
                } else if (event instanceof Event.SubOk ok) {
                    set(i, with(ok, ok.recovered(), ok.offset(), exchanged(ok.items(), one, other)));
                } else if (event instanceof Event.Truth truth) {
                    set(
                            i,
                            new Event.Truth(
                                    truth.channel(), truth.epoch(), truth.top(), exchanged(truth.items(), one, other)));
                } else if (event instanceof Event.PubOk ok && ok.offset() > 0) {
                    set(i, new Event.PubOk(ok.publisher(), ok.n(), 0, ""));
                }
            }
        }

        private static List<Event.Item> exchanged(List<Event.Item> items, String one, String other) {
            return items.stream()
                    .map(item -> new Event.Item(item.offset(), exchanged(item.value(), one, other)))
                    .toList();
        }

        private static String exchanged(String value, String one, String other) {
            return value.equals(one) ? other : value.equals(other) ? one : value;
        }

        void count(String name, long value) {
            int at = any(i -> event(i) instanceof Event.Counters);
            Map<String, Long> values = new HashMap<>(((Event.Counters) event(at)).values());
            values.put(name, value);
            set(at, new Event.Counters(values));
        }

        /** Returns the subscriber and the channel of the event; empty if it has none. */
        private static List<Object> view(Event event) {
            if (event instanceof Event.Recv recv) {
                return List.of(recv.subscriber(), recv.channel());
            } else if (event instanceof Event.SubOk ok) {
                return List.of(ok.subscriber(), ok.channel());
            } else if (event instanceof Event.Unsub unsub) {
                return List.of(unsub.subscriber(), unsub.channel());
            }
            return List.of();
        }
    }
}
