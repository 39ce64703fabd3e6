package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MessageTest {

    private static final Publication SAID =
            EngineContract.publication("1").withVersion(new Version(7, "v")).withTime(EngineContract.TIME);

    @Test
    void a_publication_keeps_its_time() {
        assertThat(Message.publication(Message.bytes(SAID), 0, null)).isEqualTo(SAID);
    }

    /** The bytes of releases before this one end with the version. */
    @Test
    void a_publication_without_a_time_is_read() {
        byte[] bytes = Message.bytes(SAID);
        byte[] without = Arrays.copyOf(bytes, bytes.length - Long.BYTES);
        assertThat(Message.publication(without, 0, null)).isEqualTo(SAID.withTime(0));
    }
}
