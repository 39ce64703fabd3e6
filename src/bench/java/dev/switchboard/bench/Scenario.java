package dev.switchboard.bench;

import dev.switchboard.load.Dialect;
import dev.switchboard.load.Shape;
import java.util.List;

/** What servers are compared in; the letters are those of the page. */
record Scenario(String name, String title, Age age, Work work) {

    /** How long the server's process has been there. */
    enum Age {
        /** It is a new one: memory, and the first second, are asked for. */
        FRESH,
        /** It has been under load since the round began, and what it does often is compiled. */
        WARM
    }

    /** What is done with a server. */
    sealed interface Work permits Traffic, Idle, Start {}

    /**
     * Messages that it is to pass on.
     *
     * @param clients in all, but for the sender
     * @param silent those of them that never read
     * @param window messages on their way at a time, where the rate is 0
     * @param rate messages a second, 0 for as many as there can be
     * @param stretch how many times as long as others it takes
     * @param history whether the channel keeps one, and who is in it
     */
    record Traffic(
            Dialect dialect,
            Shape shape,
            int clients,
            int silent,
            int size,
            int window,
            double rate,
            int stretch,
            boolean history)
            implements Work {

        static Traffic fanOut(int clients) {
            return new Traffic(Dialect.RAW, Shape.FAN_OUT, clients, 0, 128, 1, 0, 1, false);
        }

        static Traffic pairs(int pairs) {
            return new Traffic(Dialect.RAW, Shape.PAIRS, 2 * pairs, 0, 128, 1, 0, 1, false);
        }

        Traffic json() {
            return new Traffic(Dialect.JSON, shape, clients, silent, size, window, rate, stretch, history);
        }

        Traffic withWindow(int messages) {
            return new Traffic(dialect, shape, clients, silent, size, messages, rate, stretch, history);
        }

        Traffic paced(int bytes, double perSecond) {
            return new Traffic(dialect, shape, clients, silent, bytes, window, perSecond, stretch, history);
        }

        /** The same as fast as it can be, for those who read. */
        Traffic unpaced() {
            return new Traffic(dialect, shape, clients - silent, 0, size, window, 0, stretch, history);
        }

        Traffic besideSilent(int others) {
            return new Traffic(dialect, shape, clients + others, others, size, window, rate, stretch, history);
        }

        Traffic longer(int times) {
            return new Traffic(dialect, shape, clients, silent, size, window, rate, times, history);
        }

        /** In a channel that keeps its last hundred publications and who is in it, as all do in the relay as it comes. */
        Traffic keepingHistory() {
            return new Traffic(dialect, shape, clients, silent, size, window, rate, stretch, true);
        }
    }

    /** Connections that say nothing. */
    record Idle(int connections) implements Work {}

    /** From `java -jar` to the first answer. */
    record Start() implements Work {}

    static final Scenario TEN = new Scenario("T", "one channel, 1 → 10", Age.WARM, Traffic.fanOut(10));
    static final Scenario A =
            new Scenario("A", "one channel, 1 → 1,000, 128 bytes, closed loop", Age.WARM, Traffic.fanOut(1000));
    static final Scenario A8 = new Scenario(
            "A8",
            "1 → 1,000, window of 8 messages",
            Age.WARM,
            Traffic.fanOut(1000).withWindow(8));
    static final Scenario B = new Scenario("B", "1 → 100", Age.WARM, Traffic.fanOut(100));
    static final Scenario C = new Scenario("C", "1 → 10,000", Age.WARM, Traffic.fanOut(10_000));
    static final Scenario D = new Scenario(
            "D", "20 messages a second → 1,000", Age.WARM, Traffic.fanOut(1000).paced(128, 20));
    static final Scenario E = new Scenario("E", "500 rooms of two, ping-pong", Age.WARM, Traffic.pairs(500));
    static final Scenario F = new Scenario("F", "10,000 connections that say nothing", Age.FRESH, new Idle(10_000));
    static final Scenario G0 = new Scenario(
            "G0",
            "10 readers, 16 KiB × 600 a second",
            Age.FRESH,
            Traffic.fanOut(10).paced(16_384, 600).longer(2));
    static final Scenario G = new Scenario(
            "G",
            "G0 beside 5 that never read",
            Age.FRESH,
            Traffic.fanOut(10).paced(16_384, 600).longer(2).besideSilent(5));
    static final Scenario P = new Scenario(
            "P", "A by the JSON protocol", Age.WARM, Traffic.fanOut(1000).json());
    static final Scenario P8 = new Scenario(
            "P8",
            "A8 by the JSON protocol",
            Age.WARM,
            Traffic.fanOut(1000).json().withWindow(8));
    static final Scenario H = new Scenario(
            "H", "P with a history", Age.WARM, Traffic.fanOut(1000).json().keepingHistory());
    static final Scenario H8 = new Scenario(
            "H8",
            "P8 with a history",
            Age.WARM,
            Traffic.fanOut(1000).json().withWindow(8).keepingHistory());
    static final Scenario S = new Scenario("S", "from `java -jar` to the first answer", Age.FRESH, new Start());

    static final List<Scenario> ALL = List.of(TEN, B, A, C, A8, D, E, F, G0, G, P, P8, H, H8, S);

    /** Whether that server can do it; what speaks the client protocol, and what starts by `java -jar`, is the relay alone. */
    boolean isFor(Server server) {
        if (work instanceof Traffic traffic) {
            return traffic.dialect() == Dialect.RAW || server.isRelay();
        }
        return work instanceof Idle || server.isRelay();
    }
}
