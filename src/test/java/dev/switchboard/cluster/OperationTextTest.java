package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.Operation;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that another node reads each operation as it was written. */
class OperationTextTest {

    private static final ClientSelector ANN = ClientSelector.user("ann");
    private static final ClientSelector ALL_THREE = new ClientSelector("\"ann\"\n", "client", "session");
    private static final String DEEP = "[".repeat(64) + "]".repeat(64);

    static Stream<Operation> operations() {
        return Stream.of(
                new Operation.Subscribe(ANN, "news", SubscribeGrant.PLAIN, null),
                new Operation.Subscribe(
                        ALL_THREE,
                        "news\u2028ü",
                        new SubscribeGrant(
                                " {\"a\" : 1e2}",
                                DEEP,
                                60,
                                new TokenId("jti", Instant.parse("2026-01-01T00:00:00.5Z")),
                                new ChannelOverride(true, false, null, true, false)),
                        new Position("epoch", -1)),
                new Operation.Subscribe(
                        ANN, "news", new SubscribeGrant("", "null", 0, new TokenId("", null)), new Position("", 0)),
                new Operation.Unsubscribe(ANN, "news", Unsubscribe.SERVER),
                new Operation.Unsubscribe(ALL_THREE, "news", new Unsubscribe(2_500, "")),
                new Operation.Disconnect(ANN, Set.of(), Disconnect.EXPIRED),
                new Operation.Disconnect(ALL_THREE, Set.of("a", "b\""), new Disconnect(4_999, "go \"away\"")),
                new Operation.Refresh(ANN, 0, null),
                new Operation.Refresh(ALL_THREE, Long.MAX_VALUE, DEEP));
    }

    private static String written(Operation operation) {
        return OperationText.write(operation, new JsonWriter()).finish();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void an_operation_is_read_as_it_was_written(Operation operation) {
        assertThat(OperationText.read(JsonObject.of(written(operation)))).isEqualTo(operation);
    }

    @Test
    void a_member_of_a_later_version_is_ignored() {
        String text = written(new Operation.Refresh(ANN, 1, null)).replaceFirst("\\{", "{\"new\":[1],");
        assertThat(OperationText.read(JsonObject.of(text))).isEqualTo(new Operation.Refresh(ANN, 1, null));
    }
}
