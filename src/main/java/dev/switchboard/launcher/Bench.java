package dev.switchboard.launcher;

import dev.switchboard.load.Dialect;
import dev.switchboard.load.Load;
import dev.switchboard.load.LoadRun;
import dev.switchboard.load.Phase;
import dev.switchboard.load.Progress;
import dev.switchboard.load.Result;
import dev.switchboard.load.Shape;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads a running server and prints the throughput, the loss and the latency. */
@Command(
        name = "bench",
        description =
                "Sends messages between many clients of a running server, and prints the throughput, the loss and the latency.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:all messages arrived",
            "1:messages were lost, or connections broke",
            "2:bad URL or option, or not all clients could connect"
        })
final class Bench implements Callable<Integer> {

    private static final double[] QUANTILES = {50, 90, 99, 99.9};

    /** The histogram has a step at 1, 2 and 5 times each power of ten. */
    private static final int[] STEPS = {1, 2, 5};

    /** Characters. */
    private static final int BAR = 40;

    @Parameters(
            paramLabel = "URL",
            arity = "1..*",
            description =
                    "For example ws://127.0.0.1:8000/raw/bench. Of several URLs, which are those of the nodes of a cluster, each gets its share of the clients.")
    private List<String> urls = List.of();

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "100",
            description = "Clients that receive. Default: ${DEFAULT-VALUE}.")
    private int clients;

    @Option(
            names = "--senders",
            paramLabel = "N",
            defaultValue = "1",
            description = "Clients that only send, in addition. Default: ${DEFAULT-VALUE}.")
    private int senders;

    @Option(names = "--pairs", description = "Two clients send to each other in each channel.")
    private boolean pairs;

    @Option(
            names = "--silent",
            paramLabel = "N",
            defaultValue = "0",
            description = "Clients that never read, of --clients. Default: ${DEFAULT-VALUE}.")
    private int silent;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "128",
            description = "Bytes of a message. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Messages a second of each sender. Default: each message waits until the one before has arrived.")
    private double rate;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "1",
            description = "Without --rate: messages of a sender that may be on their way. Default: ${DEFAULT-VALUE}.")
    private int window;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds that are measured. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "2",
            description = "Seconds of sending before that. Default: ${DEFAULT-VALUE}.")
    private double warmUp;

    @Option(
            names = "--json",
            description =
                    "Speaks the client protocol. The URL is for example ws://127.0.0.1:8000/connection/websocket?channel=bench")
    private boolean json;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            defaultValue = "",
            description = "With --json: connection token of all clients. A raw client cannot bring one.")
    private String token = "";

    @Override
    public Integer call() throws CommandException, IOException {
        Load load = load();
        Result result;
        boolean terminal = System.console() != null;
        try {
            result = LoadRun.run(load, terminal ? Bench::show : progress -> {});
        } catch (ConnectException failed) {
            throw new CommandException("cannot connect to " + String.join(" ", urls) + ": " + failed.getMessage());
        } finally {
            if (terminal) {
                System.err.print("\r" + " ".repeat(BAR + 20) + "\r");
            }
        }
        print(result, new PrintStream(System.out, true, StandardCharsets.UTF_8));
        return status(result);
    }

    private Load load() throws CommandException {
        List<URI> uris = new ArrayList<>();
        for (String url : urls) {
            uris.add(ChannelUrl.read(url, List.of("ws")));
        }
        try {
            return new Load(
                    uris,
                    json ? Dialect.JSON : Dialect.RAW,
                    pairs ? Shape.PAIRS : Shape.FAN_OUT,
                    clients,
                    silent,
                    size,
                    window,
                    rate,
                    senders,
                    duration(warmUp),
                    duration(seconds),
                    token);
        } catch (IllegalArgumentException wrong) {
            throw new CommandException(String.valueOf(wrong.getMessage()));
        }
    }

    private static Duration duration(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private static void show(Progress progress) {
        int done = (int) (progress.done() * BAR);
        System.err.printf(
                Locale.ROOT,
                "\r%-10s [%s%s] %3d %%",
                progress.phase() == Phase.WARMING
                        ? "warming up"
                        : progress.phase().name().toLowerCase(Locale.ROOT),
                "#".repeat(done),
                " ".repeat(BAR - done),
                (int) (progress.done() * 100));
    }

    private int status(Result result) {
        int broken = clients - result.connected() - result.cutOff();
        if (broken > 0) {
            System.err.println("switchboard: " + broken + " of " + clients + " clients were disconnected");
        }
        if (result.lost() > 0) {
            System.err.println("switchboard: " + result.lost() + " messages did not arrive");
        }
        return broken > 0 || result.lost() > 0 ? 1 : 0;
    }

    private void print(Result result, PrintStream out) {
        double time = result.seconds() > 0 ? result.seconds() : 1;
        out.printf(Locale.ROOT, "deliveries/s %10.0f%n", result.delivered() / time);
        out.printf(Locale.ROOT, "messages/s   %10.0f%n", result.sent() / time);
        out.printf("lost         %10d%n", result.lost());
        out.printf("doubled      %10d%n", result.doubled());
        out.printf("disordered   %10d%n", result.disordered());
        if (silent > 0) {
            out.printf("cut off      %10d of %d that never read%n", result.cutOff(), silent);
        }
        Histogram latency = result.latency();
        if (latency.getTotalCount() > 0) {
            out.printf(
                    Locale.ROOT,
                    "own CPU      %10.2f us a delivery%n%n",
                    result.cpu().toNanos() / 1000.0 / result.delivered());
            for (double quantile : QUANTILES) {
                String name = "p" + (quantile % 1 == 0 ? String.valueOf((int) quantile) : String.valueOf(quantile));
                out.printf(Locale.ROOT, "%-12s %10.2f ms%n", name, latency.getValueAtPercentile(quantile) / 1000.0);
            }
            out.printf(Locale.ROOT, "%-12s %10.2f ms%n%n", "max", latency.getMaxValue() / 1000.0);
            draw(latency, out);
        }
    }

    /** Draws a line for each step from the shortest to the longest latency. */
    private static void draw(Histogram latency, PrintStream out) {
        long last = latency.getMaxValue();
        long most = 1;
        for (int step = 0; from(step) <= last; step++) {
            most = Math.max(most, count(latency, step));
        }
        boolean begun = false;
        for (int step = 0; from(step) <= last; step++) {
            long count = count(latency, step);
            begun |= count > 0;
            if (begun) {
                out.printf(
                        Locale.ROOT,
                        "under %6s %6.2f %% %s%n",
                        text(from(step + 1)),
                        100.0 * count / latency.getTotalCount(),
                        "#".repeat((int) ((count * BAR + most - 1) / most)));
            }
        }
    }

    private static long count(Histogram latency, int step) {
        return latency.getCountBetweenValues(from(step), from(step + 1) - 1);
    }

    /** Returns the lowest latency of a step, in microseconds: 0, 1, 2, 5, 10 and so on. */
    private static long from(int step) {
        if (step == 0) {
            return 0;
        }
        long power = 1;
        for (int i = STEPS.length; i < step; i += STEPS.length) {
            power *= 10;
        }
        return STEPS[(step - 1) % STEPS.length] * power;
    }

    private static String text(long micros) {
        return micros < 1000 ? micros + " us" : micros < 1_000_000 ? micros / 1000 + " ms" : micros / 1_000_000 + " s";
    }
}
