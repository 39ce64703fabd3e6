package dev.switchboard.engine.redis;

import dev.switchboard.engine.redis.FactScripts.All;
import dev.switchboard.engine.redis.FactScripts.Fact;
import dev.switchboard.spi.Ledger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Remembers the facts of one kind that the readers know, and tells them of each change. Any thread. */
final class KnownFacts {

    private final InstantSource clock;
    // Guarded by this.
    private final List<Ledger.Reader> readers = new ArrayList<>();
    private final Map<String, Fact> facts = new HashMap<>();
    private String change = "";

    KnownFacts(InstantSource clock) {
        this.clock = clock;
    }

    /** Gives the reader what is known, and each change from now on. */
    synchronized void follow(Ledger.Reader reader) {
        readers.add(reader);
        dropEnded();
        facts.forEach((name, fact) -> reader.fact(name, fact.value(), fact.end()));
    }

    /** Returns the name of the change after which all facts were read; empty if none is known. */
    synchronized String change() {
        return change;
    }

    synchronized void put(String name, Fact fact) {
        if (fact.end().isAfter(clock.instant()) && !fact.equals(facts.put(name, fact))) {
            readers.forEach(reader -> reader.fact(name, fact.value(), fact.end()));
        }
    }

    synchronized void remove(String name) {
        if (facts.remove(name) != null) {
            readers.forEach(reader -> reader.removed(name));
        }
    }

    synchronized void dropEnded() {
        Instant now = clock.instant();
        facts.values().removeIf(fact -> !fact.end().isAfter(now));
    }

    /**
     * Takes all facts of Redis. Returns those that Redis must get back: it has lost its memory if it
     * knows no change, because each removal is one.
     */
    synchronized Map<String, Fact> replace(All all) {
        dropEnded();
        change = all.change();
        Map<String, Fact> missing = new HashMap<>(facts);
        missing.keySet().removeAll(all.facts().keySet());
        all.facts().forEach(this::put);
        if (change.isEmpty()) {
            return missing;
        }
        missing.keySet().forEach(this::remove);
        return Map.of();
    }
}
