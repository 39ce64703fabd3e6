package dev.switchboard.access;

import dev.switchboard.access.AccessSettings.UnsafeOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Warns the operator of insecure settings, again every hour. */
public final class Warnings {

    private static final System.Logger LOG = System.getLogger(Warnings.class.getName());

    private final List<String> texts;

    public Warnings(AccessSettings access, Origins origins, Hosts hosts) {
        List<String> found = new ArrayList<>();
        switch (access.access()) {
            case OPEN ->
                found.add("switchboard.access=open: every client that reaches the port may connect, without a token");
            case INSECURE ->
                found.add(
                        "INSECURE! switchboard.insecure=true: every client that reaches the port may do everything in every channel");
            case LOGIN, TOKEN -> {}
        }
        for (TokenKeys keys : access.allKeys()) {
            keys.shortSecrets()
                    .forEach(name -> found.add(name + " is short: an attacker who guesses it can connect as any user"));
            if (keys.isJwksPlain()) {
                found.add(keys.setting() + ".jwks is no https URL: an attacker between can connect as any user");
            }
        }
        if (access.unsafe().contains(UnsafeOption.SHORT_SECRETS)) {
            found.add(UnsafeOption.SHORT_SECRETS.setting() + "=true: secrets may be short enough to be guessed");
        }
        if (access.unsafe().contains(UnsafeOption.ENDLESS_TOKENS)) {
            found.add(UnsafeOption.ENDLESS_TOKENS.setting()
                    + "=true: a token without exp is valid for ever, also when it is stolen");
        }
        if (access.access() != Access.INSECURE && access.lifetime().compareTo(AccessSettings.SAFE_LIFETIME) > 0) {
            found.add("switchboard.token.lifetime is longer than 24h: a stolen token is valid for so long");
        }
        if (origins.allowsAll()) {
            found.add("switchboard.origins=*: every page that a user opens may connect");
        }
        if (hosts.allowsEveryName()) {
            found.add("switchboard.hosts=*: a page under any name that leads to this server may connect");
        }
        texts = List.copyOf(found);
    }

    /** Returns a sentence for each insecure setting, which names the setting. */
    public List<String> texts() {
        return texts;
    }

    /**
     * Logs the warnings now, and every hour on {@code journal}. The owner of {@code timer} must
     * stop it.
     */
    public void repeat(ScheduledExecutorService timer, Executor journal) {
        log();
        var unused = timer.scheduleAtFixedRate(() -> journal.execute(this::log), 1, 1, TimeUnit.HOURS);
    }

    private void log() {
        texts.forEach(text -> LOG.log(System.Logger.Level.WARNING, text));
    }
}
