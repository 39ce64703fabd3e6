package dev.switchboard.access;

import dev.switchboard.access.AccessSettings.Let;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What an operator has left open, told again and again so that nobody forgets it. */
public final class Warnings {

    private static final System.Logger LOG = System.getLogger(Warnings.class.getName());

    private final List<String> texts;

    public Warnings(AccessSettings access, Origins origins, Hosts hosts) {
        List<String> found = new ArrayList<>();
        switch (access.access()) {
            case OPEN -> found.add("switchboard.access=open: whoever reaches the port may connect, without a token");
            case INSECURE ->
                found.add(
                        "INSECURE! switchboard.insecure=true: whoever reaches the port may do everything in every channel");
            case LOGIN, TOKEN -> {}
        }
        for (TokenKeys keys : access.allKeys()) {
            keys.shortSecrets().forEach(name -> found.add(name + " is short: whoever guesses it may be anybody"));
            if (keys.isJwksPlain()) {
                found.add(keys.setting() + ".jwks is no https URL: whoever is on the way may be anybody");
            }
        }
        if (access.let().contains(Let.SHORT_SECRETS)) {
            found.add(Let.SHORT_SECRETS.setting() + "=true: secrets may be short enough to be guessed");
        }
        if (access.let().contains(Let.ENDLESS)) {
            found.add(Let.ENDLESS.setting() + "=true: a token without exp is good for ever, also for a thief");
        }
        if (access.access() != Access.INSECURE && access.lifetime().compareTo(AccessSettings.SAFE_LIFETIME) > 0) {
            found.add("switchboard.token.lifetime is longer than 24h: so long a stolen token is good");
        }
        if (origins.allowAll()) {
            found.add("switchboard.origins=*: every page that a user opens may connect");
        }
        if (hosts.allowsEveryName()) {
            found.add("switchboard.hosts=*: a page under any name that leads to this server may connect");
        }
        texts = List.copyOf(found);
    }

    /** A sentence for each option that is insecure, which names its setting; none where all is well. */
    public List<String> texts() {
        return texts;
    }

    /** Logs them now, and each hour on {@code journal}, because a log may block; {@code timer} is to be stopped by its owner. */
    public void repeat(ScheduledExecutorService timer, Executor journal) {
        log();
        var unused = timer.scheduleAtFixedRate(() -> journal.execute(this::log), 1, 1, TimeUnit.HOURS);
    }

    private void log() {
        texts.forEach(text -> LOG.log(System.Logger.Level.WARNING, text));
    }
}
