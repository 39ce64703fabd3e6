package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the log of a correct relay from a seed. Histories are small, so that some recoveries fail.
 */
final class GoodHistory {

    private static final int STEPS = 3000;
    private static final List<String> STREAMS = List.of("large", "small");
    private static final String RAW = "raw";

    private final Random random;
    private final Journal journal;
    private long clock;

    private final Map<String, Stream> streams = new TreeMap<>();
    private final List<Publisher> publishers = new ArrayList<>();
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Map<String, Long> counters = new TreeMap<>();
    private int epochs;

    private GoodHistory(long seed) {
        random = new Random(seed);
        journal = new Journal(() -> clock += random.nextInt(1_000_000));
    }

    static List<Entry> of(long seed) {
        GoodHistory history = new GoodHistory(seed);
        history.play();
        return history.journal.entries();
    }

    private void play() {
        open("large", 1000);
        open("small", 20);
        open(RAW, 0);
        for (int i = 1; i <= 4; i++) {
            publishers.add(new Publisher("p" + i, i <= 2));
        }
        for (int i = 1; i <= 6; i++) {
            Subscriber subscriber = new Subscriber("s" + i);
            subscribers.add(subscriber);
            journal.record(new Event.Permit(subscriber.name, List.of("large", "small", RAW)));
            subscriber.connect();
        }
        for (int i = 0; i < STEPS; i++) {
            step(i);
        }
        for (Publisher publisher : publishers) {
            while (publisher.n != publisher.answered) {
                publisher.act();
            }
        }
        STREAMS.forEach(name -> publishers.get(0).publish(name));
        for (Subscriber subscriber : subscribers) {
            subscriber.connect();
            subscriber.hearAll();
        }
        for (String name : STREAMS) {
            Stream stream = stream(name);
            journal.record(new Event.Truth(name, stream.epoch, stream.top, List.copyOf(stream.items)));
        }
        counters.put("clients", 0L);
        counters.put("channels", 0L);
        counters.put("outbox.bytes", 0L);
        journal.record(new Event.Counters(Map.copyOf(counters)));
    }

    private void step(int number) {
        if (number == STEPS / 3 || number == STEPS / 2) {
            rotate(STREAMS.get(random.nextInt(STREAMS.size())));
        }
        int dice = random.nextInt(100);
        Subscriber subscriber = subscribers.get(random.nextInt(subscribers.size()));
        if (dice < 60) {
            publishers.get(random.nextInt(publishers.size())).act();
        } else if (dice < 90) {
            subscriber.hear();
        } else if (subscriber.name.equals("s1")) {
            subscriber.hearAll();
        } else if (!subscriber.connected) {
            subscriber.connect();
        } else if (dice < 94) {
            subscriber.disconnect(new Event.Cut(subscriber.name));
        } else if (dice < 95) {
            counters.merge("disconnects.3008", 1L, Long::sum);
            subscriber.disconnect(new Event.Close(subscriber.name, 3008));
        } else {
            subscriber.churn();
        }
    }

    private void open(String name, int size) {
        journal.record(new Event.Channel(name, size));
        streams.put(name, new Stream(size, "e" + ++epochs));
    }

    private Stream stream(String name) {
        Stream stream = streams.get(name);
        if (stream == null) {
            throw new IllegalArgumentException(name);
        }
        return stream;
    }

    private void rotate(String name) {
        Stream stream = stream(name);
        journal.record(new Event.FaultStart("rotate", name));
        stream.epoch = "e" + ++epochs;
        stream.top = 0;
        stream.items.clear();
        journal.record(new Event.FaultStop("rotate", name));
        for (Subscriber subscriber : subscribers) {
            Subscription subscription = subscriber.subscriptions.get(name);
            if (subscription != null && subscription.open) {
                subscription.waiting.clear();
                subscription.open = false;
                journal.record(new Event.Unsub(subscriber.name, name, subscription.gen, 2500));
                subscriber.subscribe(name);
            }
        }
    }

    private static final class Stream {
        final int size;
        final Deque<Event.Item> items = new ArrayDeque<>();
        String epoch;
        long top;

        Stream(int size, String epoch) {
            this.size = size;
            this.epoch = size == 0 ? "" : epoch;
        }
    }

    private final class Publisher {
        final String name;
        final boolean toldOffsets;
        long n;
        long answered;
        Event outcome = new Event.Cut("nobody");
        boolean stored = true;
        String channel = RAW;

        Publisher(String name, boolean toldOffsets) {
            this.name = name;
            this.toldOffsets = toldOffsets;
        }

        /** Does the next of three steps: invokes, stores or replies. */
        void act() {
            if (n == answered) {
                channel = random.nextInt(5) == 0 ? RAW : STREAMS.get(random.nextInt(STREAMS.size()));
                invoke();
            } else if (!stored) {
                store();
            } else {
                journal.record(outcome);
                answered = n;
            }
        }

        void publish(String to) {
            channel = to;
            invoke();
            store();
            journal.record(outcome);
            answered = n;
        }

        private void invoke() {
            n++;
            stored = false;
            journal.record(new Event.PubInvoke(name, n, channel, toldOffsets ? name + "-key-" + n : null));
        }

        private void store() {
            stored = true;
            int dice = random.nextInt(100);
            if (dice < 3) {
                outcome = new Event.PubFail(name, n, 103);
                return;
            }
            Stream stream = stream(channel);
            Event.Item item = new Event.Item(stream.size == 0 ? 0 : ++stream.top, Event.value(name, n));
            if (stream.size > 0) {
                stream.items.add(item);
                if (stream.items.size() > stream.size) {
                    stream.items.remove();
                }
            }
            for (Subscriber subscriber : subscribers) {
                Subscription subscription = subscriber.subscriptions.get(channel);
                if (subscription != null && subscription.open) {
                    subscription.waiting.add(item);
                }
            }
            outcome = dice < 6
                    ? new Event.PubInfo(name, n, "timeout")
                    : new Event.PubOk(name, n, toldOffsets ? item.offset() : 0, toldOffsets ? stream.epoch : "");
        }
    }

    private static final class Subscription {
        final Deque<Event.Item> waiting = new ArrayDeque<>();
        boolean open;
        long gen;

        @Nullable
        Position position;
    }

    private final class Subscriber {
        final String name;
        final Map<String, Subscription> subscriptions = new TreeMap<>();
        boolean connected;

        Subscriber(String name) {
            this.name = name;
        }

        void connect() {
            connected = true;
            streams.keySet().forEach(this::subscribe);
        }

        void disconnect(Event how) {
            journal.record(how);
            connected = false;
            subscriptions.values().forEach(subscription -> {
                subscription.open = false;
                subscription.waiting.clear();
            });
        }

        void churn() {
            String channel = random.nextBoolean() ? RAW : STREAMS.get(random.nextInt(STREAMS.size()));
            Subscription subscription = subscriptions.get(channel);
            if (subscription == null || !subscription.open) {
                subscribe(channel);
                return;
            }
            subscription.open = false;
            subscription.waiting.clear();
            if (random.nextInt(4) == 0) {
                subscription.position = null;
            }
            journal.record(new Event.Unsub(name, channel, subscription.gen, 0));
        }

        void subscribe(String channel) {
            Subscription subscription = subscriptions.computeIfAbsent(channel, any -> new Subscription());
            if (subscription.open) {
                return;
            }
            Stream stream = stream(channel);
            Position asked = subscription.position;
            subscription.gen++;
            subscription.open = true;
            journal.record(new Event.SubInvoke(name, channel, subscription.gen, asked));
            if (stream.size == 0) {
                journal.record(new Event.SubOk(name, channel, subscription.gen, false, "", 0, List.of()));
                return;
            }
            boolean recovered = asked != null
                    && asked.epoch().equals(stream.epoch)
                    && stream.top - asked.offset() <= stream.items.size();
            List<Event.Item> missed = recovered && asked != null
                    ? stream.items.stream()
                            .filter(item -> item.offset() > asked.offset())
                            .toList()
                    : List.of();
            journal.record(new Event.SubOk(
                    name,
                    channel,
                    subscription.gen,
                    recovered,
                    stream.epoch,
                    recovered && asked != null ? asked.offset() : stream.top,
                    missed));
            subscription.position = new Position(stream.epoch, stream.top);
        }

        void hear() {
            subscriptions.forEach((channel, subscription) -> hear(channel, subscription, random.nextInt(5)));
        }

        void hearAll() {
            subscriptions.forEach((channel, subscription) -> hear(channel, subscription, Integer.MAX_VALUE));
        }

        private void hear(String channel, Subscription subscription, int most) {
            for (int i = 0; i < most && !subscription.waiting.isEmpty(); i++) {
                Event.Item item = subscription.waiting.remove();
                String epoch = stream(channel).epoch;
                journal.record(new Event.Recv(name, channel, subscription.gen, epoch, item.offset(), item.value()));
                if (stream(channel).size > 0) {
                    subscription.position = new Position(epoch, item.offset());
                }
            }
        }
    }
}
