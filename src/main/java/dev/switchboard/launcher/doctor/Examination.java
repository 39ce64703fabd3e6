package dev.switchboard.launcher.doctor;

import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Runs all checks of a server, one after another. For one thread. */
public final class Examination {

    private final Site site;
    private final Clock clock;
    private final Consumer<Finding> reader;
    private final List<Finding> findings = new ArrayList<>();
    private String server = "";

    /** {@code reader} gets each finding as soon as it is known. */
    public Examination(Site site, Clock clock, Consumer<Finding> reader) {
        this.site = site;
        this.clock = clock;
        this.reader = reader;
    }

    /** Stops after the first checks if no relay answers. */
    public void run() throws InterruptedException {
        if (site.isEncrypted()) {
            report(new CertificateCheck(site, clock).find());
            if (hasFault()) {
                return;
            }
        }
        try {
            server = new HealthCheck(site, clock, this::report).run();
        } catch (HealthCheck.NotThere said) {
            return;
        }
        new SocketChecks(site, this::report).run();
        for (StreamCheck.Transport transport : StreamCheck.Transport.values()) {
            report(new StreamCheck(site, transport).find());
        }
    }

    private void report(Finding finding) {
        findings.add(finding);
        reader.accept(finding);
    }

    public boolean hasFault() {
        return findings.stream().anyMatch(finding -> finding.verdict() == Verdict.FAULT);
    }

    /** Returns what cures the faults, in the order of the constants. */
    public Set<Cure> cures() {
        Set<Cure> cures = EnumSet.noneOf(Cure.class);
        findings.forEach(finding -> cures.addAll(finding.cures()));
        return cures;
    }

    /** Returns the proxies that may be in between: the one that names itself, else all. */
    public List<Proxy> proxies() {
        return Proxy.named(server);
    }
}
