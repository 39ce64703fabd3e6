package dev.switchboard.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.json.JsonObject;
import org.junit.jupiter.api.Test;

class TopTest {

    @Test
    void the_table_names_channels_clients_and_reconnects_and_escapes_foreign_text() {
        String table = Top.table(JsonObject.of("{\"seconds\":9.5,\"channels\":{"
                + "\"messages\":[{\"channel\":\"chat\\u001b[2J\",\"value\":12.5}],\"bytes\":[],\"subscribers\":[]},"
                + "\"clients\":{\"outbox\":[{\"client\":\"c1\",\"user\":\"ann\",\"address\":\"192.0.2.1\","
                + "\"value\":70000,\"age\":1500}],\"messages\":[{\"client\":\"gone\",\"value\":1}],\"errors\":[]},"
                + "\"reconnects\":[{\"user\":\"bob\",\"value\":3},{\"address\":\"192.0.2.9\",\"value\":2}]}"));
        assertThat(table.lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "CHANNELS, messages per second",
                        "chat\\u001b[2J 12.5",
                        "CHANNELS, bytes per second",
                        "none",
                        "c1 user ann 192.0.2.1 70000 for 1500 ms",
                        "gone 1",
                        "RECONNECTS in 9.5 s",
                        "user bob 3",
                        "192.0.2.9 2");
        assertThat(table.chars()).noneMatch(c -> c == 0x1b);
    }
}
