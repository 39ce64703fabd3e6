package dev.switchboard.engine.file;

import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.engine.codec.ModelWriter;
import dev.switchboard.spi.Ledger;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The facts of a log that end by themselves, such as blocked users. Guarded by the log. */
final class Facts {

    private record Name(String kind, String name) {}

    private record Fact(String value, long endMillis) {}

    private final Map<Name, Fact> facts = new HashMap<>();

    void read(ModelReader record) {
        put(record.text(), record.text(), record.text(), record.number());
    }

    /** Puts the fact, or removes it if its end is 0. */
    void put(String kind, String name, String value, long endMillis) {
        if (endMillis == 0) {
            facts.remove(new Name(kind, name));
        } else {
            facts.put(new Name(kind, name), new Fact(value, endMillis));
        }
    }

    static ModelWriter record(String kind, String name, String value, long endMillis) {
        return new ModelWriter(RecordType.FACT.code(), 32 + kind.length() + name.length() + value.length())
                .text(kind)
                .text(name)
                .text(value)
                .number(endMillis);
    }

    /** Gives a record for each fact that has not ended, and forgets the others. */
    void write(Instant now, Consumer<ModelWriter> to) {
        facts.values().removeIf(fact -> fact.endMillis <= now.toEpochMilli());
        facts.forEach((name, fact) -> to.accept(record(name.kind, name.name, fact.value, fact.endMillis)));
    }

    /** Returns whether there is the fact and it has not ended. */
    boolean contains(String kind, String name, Instant now) {
        Fact fact = facts.get(new Name(kind, name));
        return fact != null && fact.endMillis > now.toEpochMilli();
    }

    /** Gives name, value and end of each fact of that kind that has not ended. */
    void each(String kind, Instant now, Ledger.Reader reader) {
        facts.forEach((name, fact) -> {
            if (name.kind.equals(kind) && fact.endMillis > now.toEpochMilli()) {
                reader.fact(name.name, fact.value, Instant.ofEpochMilli(fact.endMillis));
            }
        });
    }
}
