package dev.switchboard.launcher;

import dev.switchboard.launcher.doctor.Cure;
import dev.switchboard.launcher.doctor.Examination;
import dev.switchboard.launcher.doctor.Finding;
import dev.switchboard.launcher.doctor.Proxy;
import dev.switchboard.launcher.doctor.Site;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what works between this machine and a server, and what cures the rest. */
@Command(
        name = "doctor",
        description = "Connects to a server in each way that clients do. It prints what works, what a proxy prevents,"
                + " and the lines of a proxy's configuration that cure it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:no fault was found", "1:a fault was found", "2:a bad URL or option"})
final class Doctor implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Parameters(paramLabel = "URL", description = "URL of the page of the server, for example https://example.com/")
    private String url = "";

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            defaultValue = "",
            description = "Origin of your pages, for example https://app.example.com, if it is not that of the URL.")
    private String origin = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            defaultValue = "",
            description = "Connection token, for a server that wants one.")
    private String token = "";

    @Option(
            names = "--channel",
            paramLabel = "CHANNEL",
            defaultValue = "",
            description = "Channel in which the command publishes a few messages. Default: a new one.")
    private String channel = "";

    @Option(
            names = "--idle",
            paramLabel = "TIME",
            defaultValue = "3s",
            description = "Time for which a connection is held quiet, to find the timeouts of proxies, for example 70s."
                    + " It ends when two pings of the server have come. Default: ${DEFAULT-VALUE}.")
    private String idle = "";

    @Mixin
    private TlsOptions tls = new TlsOptions();

    @Override
    public Integer call() throws CommandException, InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Examination examination = new Examination(site(), Clock.systemUTC(), finding -> print(finding, out));
        examination.run();
        for (Cure cure : examination.cures()) {
            print(cure, examination, out);
        }
        return examination.hasFault() ? 1 : 0;
    }

    private Site site() throws CommandException {
        URI root;
        try {
            root = Site.root(url);
        } catch (IllegalArgumentException malformed) {
            throw new CommandException("bad URL: " + malformed.getMessage());
        }
        if (!origin.matches("[!-~]*")) {
            throw new CommandException("--origin must look like https://app.example.com");
        }
        return new Site(
                root,
                tls.certificates(),
                tls.certificates().client(PATIENCE),
                token,
                origin,
                channel.isEmpty()
                        ? "doctor-"
                                + Long.toHexString(ThreadLocalRandom.current().nextLong())
                        : channel,
                TimeOption.parse("--idle", idle),
                PATIENCE);
    }

    private static void print(Finding finding, PrintStream out) {
        out.printf(
                "%-9s  %-9s  %s%n", finding.verdict().words(), finding.check(), TerminalText.escaped(finding.text()));
    }

    private static void print(Cure cure, Examination examination, PrintStream out) {
        out.printf("%n%s%n", cure.purpose());
        for (Proxy proxy : examination.proxies()) {
            out.printf("  %s (%s)%n", proxy.title(), proxy.file());
            cure.lines(proxy).forEach(line -> out.println("    " + line));
        }
    }
}
