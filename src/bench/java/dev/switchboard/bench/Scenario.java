package dev.switchboard.bench;

import dev.switchboard.load.Dialect;
import dev.switchboard.load.Shape;
import java.util.List;

/** A task in which servers are compared. The letters are those of the page. */
record Scenario(String name, String title, Age age, Work work) {

    /** The state of the server's process. */
    enum Age {
        /** A new process, to measure memory or the start. */
        FRESH,
        /** The process of the round, whose frequent code is compiled. */
        WARM
    }

    /** The task of a server. */
    sealed interface Work permits Traffic, Idle, Start, Recovery {}

    /**
     * Messages that the server forwards.
     *
     * @param clients the number of clients without the sender
     * @param silent the clients among them that never read
     * @param window the messages on their way at a time, if the rate is 0
     * @param rate the messages a second; 0 for as many as possible
     * @param stretch the factor of the measured time
     * @param history whether the channel has a history and presence
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

        /** Returns the same traffic at full speed, without silent clients. */
        Traffic unpaced() {
            return new Traffic(dialect, shape, clients - silent, 0, size, window, 0, stretch, history);
        }

        Traffic besideSilent(int others) {
            return new Traffic(dialect, shape, clients + others, others, size, window, rate, stretch, history);
        }

        Traffic longer(int times) {
            return new Traffic(dialect, shape, clients, silent, size, window, rate, times, history);
        }

        /**
         * Returns the same traffic in a channel with presence and a history of 100 publications,
         * which are the relay's defaults.
         */
        Traffic keepingHistory() {
            return new Traffic(dialect, shape, clients, silent, size, window, rate, stretch, true);
        }
    }

    /** Idle connections. */
    record Idle(int connections) implements Work {}

    /** The start of a server, from `java -jar` to the first response. */
    record Start() implements Work {}

    /** The start of a server that finds publications of that many MiB in its log. */
    record Recovery(int mebibytes) implements Work {}

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

    static final Scenario K = new Scenario(
            "K",
            "100 rooms of two with a history, ping-pong",
            Age.WARM,
            Traffic.pairs(100).json().keepingHistory());
    static final Scenario N = new Scenario(
            "N",
            "1,000 messages a second with a history, 1 → 10",
            Age.WARM,
            Traffic.fanOut(10).json().keepingHistory().paced(128, 1000));
    static final Scenario L0 = recovery("L0", "an empty log", 0);
    static final Scenario L100 = recovery("L100", "100 MiB of publications in its log", 100);
    static final Scenario L1024 = recovery("L1024", "1 GiB of publications in its log", 1024);

    private static Scenario recovery(String name, String title, int mebibytes) {
        return new Scenario(name, "S with " + title, Age.FRESH, new Recovery(mebibytes));
    }

    static final List<Scenario> ALL = List.of(TEN, B, A, C, A8, D, E, F, G0, G, P, P8, H, H8, K, N, S, L0, L100, L1024);

    /**
     * Returns whether the server can do the task. Only the relay has the client protocol and {@code
     * java -jar}. A log matters only for histories. Redis also has a part in A8.
     */
    boolean isFor(Server server) {
        if (work instanceof Traffic traffic) {
            return switch (server.kind()) {
                case SWITCHBOARD -> true;
                case WITH_LOG, WITH_FLUSHED_LOG -> traffic.history();
                case WITH_REDIS -> traffic.history() || this == A8;
                case OTHER_JAVA, OTHER -> traffic.dialect() == Dialect.RAW;
            };
        }
        if (work instanceof Recovery) {
            return server.kind() == Server.Kind.WITH_LOG;
        }
        return server.isRelay() || work instanceof Idle && !server.keepsHistoryOutside();
    }
}
