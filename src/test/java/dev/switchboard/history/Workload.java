package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Publishers and subscribers of all tempers at one relay, driven by one thread and one seed. */
public final class Workload {

    private static final Path KEPT = Path.of("target", "histories");

    private final Plan plan;
    private final Target target;
    private final Random random;
    private final Journal journal = new Journal();

    private final List<String> channels;
    private final List<String> streams;
    private final List<Publisher> publishers;
    private final List<Subscriber> steady;
    private final List<Subscriber> flapping;
    private final List<Subscriber> slow;
    private final List<Subscriber> churning;
    /** Is away for half of the run, and so misses more than one recovery may send. */
    private final Subscriber absent;

    private final List<Subscriber> subscribers;
    private final Reader reader;

    private int published;
    private int lost;

    private Workload(Plan plan, Target target) {
        this.plan = plan;
        this.target = target;
        this.random = new Random(plan.seed());
        this.channels = plan.all();
        this.streams = plan.streams();
        this.publishers = IntStream.rangeClosed(1, plan.publishers())
                .mapToObj(i -> new Publisher("p" + i, target, journal))
                .toList();
        this.steady = subscribers("steady", plan.steady());
        this.flapping = subscribers("flapping", plan.flapping());
        this.slow = subscribers("slow", plan.slow());
        this.churning = subscribers("churning", plan.churning());
        this.absent = subscribers("absent", 1).get(0);
        this.subscribers = Stream.of(steady, flapping, slow, churning, List.of(absent))
                .flatMap(List::stream)
                .toList();
        this.reader = new Reader("reader", target, journal);
    }

    private List<Subscriber> subscribers(String kind, int count) {
        Set<String> all = new HashSet<>(channels);
        Set<String> recoverable = new HashSet<>(streams);
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Subscriber(kind + i, target, journal, all, recoverable))
                .toList();
    }

    /**
     * Runs the whole workload and returns its log. If the relay stops answering, the log shows
     * that. At the end all clients have left.
     */
    public static Journal run(Plan plan, Target target) {
        Workload workload = new Workload(plan, target);
        workload.begin();
        workload.play();
        workload.end();
        return workload.journal;
    }

    /**
     * Runs the workload and judges its log. Returns an empty text if there are no violations,
     * otherwise a report that names the seed and the file of the log, for {@link Journal#load}.
     */
    public static String trial(Plan plan, Target target, Requirements requirements) throws IOException {
        Journal journal = run(plan, target);
        List<Violation> verdict = Checker.judge(journal.entries(), requirements);
        if (verdict.isEmpty()) {
            return "";
        }
        Path kept = Files.createTempFile(Files.createDirectories(KEPT), "seed-" + plan.seed() + "-", ".jsonl");
        journal.save(kept);
        return "seed " + plan.seed() + ", kept in " + kept + "\n" + Violation.report(verdict);
    }

    private void begin() {
        channels.forEach(channel -> journal.record(new Event.Channel(
                channel, Objects.requireNonNull(plan.channels().get(channel)))));
        publishers.forEach(WorkloadClient::connect);
        subscribers.forEach(WorkloadClient::connect);
        reader.connect();
        target.waitUntil(() -> subscribers.stream().allMatch(Subscriber::isSettled));
    }

    private void play() {
        boolean alive = true;
        while (alive && published < plan.publications()) {
            alive = step();
        }
    }

    /** Returns false if the relay does not answer any more. */
    private boolean step() {
        int dice = random.nextInt(1000);
        if (dice < 850) {
            return publish();
        } else if (dice < 910) {
            some(flapping, this::flap);
        } else if (dice < 960) {
            some(churning, this::churn);
        } else if (dice < 990) {
            some(slow, this::slowDown);
        } else if (published < plan.publications() * 8L / 10) {
            some(publishers, WorkloadClient::cut);
        }
        if (published >= (lost + 1L) * plan.publications() / (plan.rotations() + 2)) {
            loseHistory();
        }
        steady.forEach(WorkloadClient::connect);
        churning.forEach(WorkloadClient::connect);
        publishers.forEach(WorkloadClient::connect);
        if (published < plan.publications() / 4 || published > plan.publications() * 3L / 4) {
            absent.connect();
        } else if (absent.isConnected()) {
            absent.cut();
        }
        subscribers.forEach(Subscriber::tend);
        return true;
    }

    private boolean publish() {
        publishers.forEach(WorkloadClient::connect);
        if (!target.waitUntil(() -> publishers.stream().anyMatch(Publisher::isIdle))) {
            return false;
        }
        any(publishers.stream().filter(Publisher::isIdle).toList()).publish(any(channels), chars());
        published++;
        return true;
    }

    /** Returns a length of which each magnitude is equally likely. */
    private int chars() {
        return (int) Math.exp(random.nextDouble() * Math.log(plan.maxChars())) - 1;
    }

    private void flap(Subscriber subscriber) {
        if (subscriber.isConnected()) {
            subscriber.cut();
        } else {
            subscriber.connect();
        }
    }

    private void churn(Subscriber subscriber) {
        String channel = any(channels);
        subscriber.toggle(channel);
        if (random.nextInt(4) == 0) {
            subscriber.forgetPosition(channel);
        }
    }

    /** Makes the subscriber pause most of the time. */
    private void slowDown(Subscriber subscriber) {
        if (!subscriber.isConnected()) {
            subscriber.connect();
        } else if (random.nextInt(20) == 0) {
            subscriber.resume();
        } else {
            subscriber.pause();
        }
    }

    private void loseHistory() {
        lost++;
        if (lost <= plan.rotations()) {
            String channel = any(streams);
            journal.record(new Event.FaultStart("lose history", channel));
            target.loseHistory(channel);
            journal.record(new Event.FaultStop("lose history", channel));
        }
    }

    private <T> void some(List<T> all, Consumer<T> what) {
        if (!all.isEmpty()) {
            what.accept(any(all));
        }
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void end() {
        target.waitUntil(this::publishersAreIdle);
        for (String channel : channels) {
            any(publishers).publish(channel, 0);
            target.waitUntil(this::publishersAreIdle);
        }
        subscribers.forEach(Subscriber::wantAll);
        subscribers.forEach(WorkloadClient::resume);
        List<Event.Truth> truths = truths();
        target.waitUntil(() -> {
            subscribers.forEach(WorkloadClient::connect);
            subscribers.forEach(Subscriber::tend);
            return subscribers.stream().allMatch(subscriber -> hasAll(subscriber, truths));
        });
        truths.forEach(journal::record);
        publishers.forEach(WorkloadClient::cut);
        subscribers.forEach(WorkloadClient::cut);
        reader.cut();
        target.waitUntil(() -> target.counters().entrySet().stream()
                .noneMatch(counter -> Requirements.FULL.zero().contains(counter.getKey()) && counter.getValue() != 0));
        journal.record(new Event.Counters(target.counters()));
    }

    private boolean publishersAreIdle() {
        publishers.forEach(WorkloadClient::connect);
        return publishers.stream().allMatch(Publisher::isIdle);
    }

    private List<Event.Truth> truths() {
        List<Event.Truth> truths = new ArrayList<>();
        for (String channel : streams) {
            reader.connect();
            reader.read(channel);
            target.waitUntil(reader::isDone);
            Event.Truth truth = reader.truth();
            if (truth != null) {
                truths.add(truth);
            }
        }
        return truths;
    }

    private static boolean hasAll(Subscriber subscriber, List<Event.Truth> truths) {
        return subscriber.isSettled()
                && truths.stream()
                        .allMatch(truth -> subscriber.isAt(truth.channel(), new Position(truth.epoch(), truth.top())));
    }
}
