package dev.switchboard.engine.file;

import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.engine.codec.ModelWriter;
import dev.switchboard.model.ClientError;
import dev.switchboard.spi.Ledger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Keeps facts in a log, and all of them in memory.
 *
 * <p>The lock of the log guards a fact together with its record, or a copy of the log could take
 * place in between and leave the fact out.
 */
final class FileLedger implements Ledger {

    /** The end of a fact that has none. */
    private static final Instant FOREVER = Instant.parse("9999-12-31T23:59:59Z");

    private record Name(String kind, String name) {}

    private record Fact(String value, long endMillis) {}

    private final FileLog log;
    private final InstantSource clock;
    private final Map<Name, Fact> facts = new HashMap<>(); // guarded by the log

    FileLedger(FileLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    @Override
    public CompletionStage<?> put(String kind, String name, String value, Instant end) {
        return record(kind, name, value, millis(end));
    }

    @Override
    public CompletionStage<Boolean> claim(String kind, String name, Instant end) {
        synchronized (log) {
            Fact fact = facts.get(new Name(kind, name));
            if (fact != null && isAhead(fact)) {
                return CompletableFuture.completedStage(false);
            }
            return record(kind, name, "", millis(end)).thenApply(kept -> true);
        }
    }

    @Override
    public CompletionStage<?> remove(String kind, String name) {
        return record(kind, name, "", 0);
    }

    private static long millis(Instant end) {
        return end.isAfter(FOREVER) ? FOREVER.toEpochMilli() : Math.max(1, end.toEpochMilli());
    }

    private boolean isAhead(Fact fact) {
        return fact.endMillis > clock.millis();
    }

    private CompletionStage<?> record(String kind, String name, String value, long endMillis) {
        synchronized (log) {
            try {
                log.append(record(new Name(kind, name), new Fact(value, endMillis)));
            } catch (ClientError refused) {
                return CompletableFuture.failedStage(refused);
            }
            keep(new Name(kind, name), new Fact(value, endMillis));
        }
        return log.safe();
    }

    private static ModelWriter record(Name name, Fact fact) {
        int size = 32 + name.kind.length() + name.name.length() + fact.value.length();
        return new ModelWriter(RecordType.FACT.code(), size)
                .text(name.kind)
                .text(name.name)
                .text(fact.value)
                .number(fact.endMillis);
    }

    /** Keeps the fact, or removes it if its end is 0. The caller holds the lock. */
    private void keep(Name name, Fact fact) {
        if (fact.endMillis == 0) {
            facts.remove(name);
        } else {
            facts.put(name, fact);
        }
    }

    @Override
    public void follow(String kind, Reader reader) {
        synchronized (log) {
            facts.forEach((name, fact) -> {
                if (name.kind.equals(kind) && isAhead(fact)) {
                    reader.fact(name.name, fact.value, Instant.ofEpochMilli(fact.endMillis));
                }
            });
        }
    }

    /** Takes the record of an earlier process, before the log starts. */
    void read(ModelReader record) {
        keep(new Name(record.text(), record.text()), new Fact(record.text(), record.number()));
    }

    /** Gives a record for each fact that has not ended, and forgets the others. The caller holds the lock. */
    void write(Consumer<ModelWriter> to) {
        facts.values().removeIf(fact -> !isAhead(fact));
        facts.forEach((name, fact) -> to.accept(record(name, fact)));
    }
}
