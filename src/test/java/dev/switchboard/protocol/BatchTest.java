package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import switchboard.wire.Wire;

/**
 * Sends many commands in one message, as client libraries do between startBatching and
 * stopBatching.
 */
class BatchTest {

    private static final Quota QUOTA = new Quota(100_000, 100_000, 100, 65_536);

    private static final int OUTBOX = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final Queue<Runnable> later = new ArrayDeque<>();

    private Hub hub(Executor writers) {
        return new Hub(Nodes.of(Nodes.limits(OUTBOX), engine, access, clock, writers, Runnable::run));
    }

    private Client connected(Hub hub, ScriptedTransport through) {
        Client client = hub.connect(through, CentrifugeProtocol.json(QUOTA, clock));
        client.receive(Frame.text("{\"connect\":{},\"id\":1}"));
        return client;
    }

    private static Frame lines(int count, IntFunction<String> line) {
        return Frame.text(IntStream.range(0, count)
                .mapToObj(line)
                .collect(Collectors.joining("\n"))
                .replace('\'', '"'));
    }

    private static List<String> received(ScriptedTransport through) {
        return through.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .filter(line -> !line.contains("\"connect\""))
                .map(line -> line.replace('"', '\''))
                .toList();
    }

    private void runLater() {
        while (!later.isEmpty()) {
            later.remove().run();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 100, 5_000})
    void a_batch_is_answered_in_order_whatever_its_size(int count) {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(Runnable::run), transport);
        client.receive(lines(count, i -> "{'publish':{'channel':'plain','data':" + i + "},'id':" + (i + 2) + "}"));
        assertThat(received(transport))
                .containsExactlyElementsOf(IntStream.range(0, count)
                        .mapToObj(i -> "{'id':" + (i + 2) + ",'publish':{}}")
                        .toList());
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_protobuf_batch_is_answered_in_order() throws Exception {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (int id = 2; id <= 501; id++) {
            Wire.Command.newBuilder()
                    .setId(id)
                    .setPing(Wire.Empty.getDefaultInstance())
                    .build()
                    .writeDelimitedTo(batch);
        }
        int answer = 5; // a length, an id of one or two bytes and an empty result
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = hub(Runnable::run).connect(transport, CentrifugeProtocol.protobuf(QUOTA, clock));
        client.receive(Frame.binary(new byte[] {4, 0x08, 1, 0x22, 0}));
        client.receive(Frame.binary(batch.toByteArray()));
        assertThat(transport.sent().stream()
                        .skip(1)
                        .mapToInt(sent -> Integer.parseInt(sent.replace(" bytes", "")))
                        .sum())
                .isEqualTo(126 * answer + 374 * (answer + 1));
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void other_clients_are_served_between_the_turns_of_a_batch() {
        Hub hub = hub(later::add);
        ScriptedTransport transport = ScriptedTransport.inline();
        ScriptedTransport other = ScriptedTransport.inline();
        Client client = connected(hub, transport);
        Client second = connected(hub, other);
        client.receive(lines(300, i -> "{'ping':{},'id':" + (i + 2) + "}"));
        assertThat(received(transport))
                .as("the thread that brought it is free again")
                .hasSize(CommandQueue.TURN);
        second.receive(lines(100, i -> "{'ping':{},'id':" + (i + 2) + "}"));
        later.remove().run();
        assertThat(received(transport)).hasSize(2 * CommandQueue.TURN);
        later.remove().run();
        assertThat(received(other)).hasSize(100);
        runLater();
        assertThat(received(transport)).hasSize(300);
    }

    @Test
    void the_replies_of_a_turn_leave_together_when_the_turn_ends() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(later::add), transport);
        client.receive(lines(200, i -> "{'ping':{},'id':" + (i + 2) + "}"));
        runLater();
        assertThat(transport.sent())
                .as("the connect, and a frame for each turn")
                .hasSize(1 + 4);
    }

    @Test
    void a_message_after_a_batch_waits_and_its_thread_carries_out_the_next_turn() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(later::add), transport);
        client.receive(lines(100, i -> "{'ping':{},'id':" + (i + 2) + "}"));
        client.receive(lines(1, i -> "{'ping':{},'id':102}"));
        assertThat(received(transport)).hasSize(101).last().isEqualTo("{'id':102,'ping':{}}");
        runLater();
        assertThat(received(transport)).hasSize(101);
    }

    @Test
    void a_batch_goes_on_in_turns_when_a_slow_command_is_complete() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(later::add), transport);
        engine.fallBehind();
        client.receive(lines(
                200, i -> i == 10 ? "{'subscribe':{'channel':'room'},'id':12}" : "{'ping':{},'id':" + (i + 2) + "}"));
        assertThat(received(transport)).hasSize(10);
        engine.catchUp();
        assertThat(received(transport)).hasSize(11 + CommandQueue.TURN);
        runLater();
        assertThat(received(transport)).hasSize(200);
    }

    @Test
    void a_batch_waits_for_room_in_the_outbox_when_the_client_reads_slowly() {
        ScriptedTransport transport = ScriptedTransport.late();
        Client client = connected(hub(later::add), transport);
        transport.complete();
        access.with("big", OpenAccess.EVERYTHING);
        Client raw = hub(Runnable::run).connect(ScriptedTransport.inline(), new RawProtocol("big", Map.of(), null));
        IntStream.range(0, 5).forEach(i -> raw.receive(Frame.text("x".repeat(50_000))));
        client.receive(lines(100, i -> "{'history':{'channel':'big','limit':5},'id':" + (i + 2) + "}"));
        while (received(transport).size() < 100) {
            runLater();
            transport.complete();
        }
        assertThat(received(transport)).allMatch(line -> line.contains("'history'"));
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_malformed_line_ends_the_client_when_the_commands_before_are_answered() {
        ScriptedTransport transport = ScriptedTransport.late();
        Client client = connected(hub(Runnable::run), transport);
        transport.complete();
        client.receive(lines(
                4,
                i -> i == 2 ? "{'nonsense'" : "{'publish':{'channel':'plain','data':" + i + "},'id':" + (i + 2) + "}"));
        assertThat(transport.closes()).isEmpty();
        transport.complete();
        assertThat(received(transport)).containsExactly("{'id':2,'publish':{}}", "{'id':3,'publish':{}}");
        assertThat(transport.closes()).containsExactly(Disconnect.badRequest("malformed JSON"));
        client.receive(lines(1, i -> "{'ping':{},'id':9}"));
        assertThat(received(transport)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"'{\"send\":{}}',not available", "'{\"connect\":{},\"id\":9}',bad request: connected already"})
    void the_replies_before_leave_when_a_command_ends_the_client(String last, String reason) {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(Runnable::run), transport);
        client.receive(lines(3, i -> i == 2 ? last : "{'ping':{},'id':" + (i + 2) + "}"));
        assertThat(received(transport)).containsExactly("{'id':2,'ping':{}}", "{'id':3,'ping':{}}");
        assertThat(transport.closes())
                .singleElement()
                .satisfies(why -> assertThat(why.reason()).isEqualTo(reason));
    }

    @Test
    void the_replies_before_leave_when_a_message_of_the_wrong_kind_ends_the_client() {
        ScriptedTransport transport = ScriptedTransport.late();
        Client client = connected(hub(Runnable::run), transport);
        transport.complete();
        client.receive(lines(1, i -> "{'ping':{},'id':2}"));
        client.receive(lines(1, i -> "{'ping':{},'id':3}"));
        client.receive(Frame.text(""));
        assertThat(transport.closes()).isEmpty();
        transport.complete();
        transport.complete();
        assertThat(received(transport)).hasSize(2);
        assertThat(transport.closes()).hasSize(1);
    }

    @Test
    void a_slow_command_is_answered_before_a_malformed_line_ends_the_client() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(Runnable::run), transport);
        engine.fallBehind();
        client.receive(lines(2, i -> i == 1 ? "nonsense" : "{'publish':{'channel':'room','data':1},'id':2}"));
        assertThat(transport.closes()).isEmpty();
        engine.catchUp();
        assertThat(received(transport)).containsExactly("{'id':2,'publish':{}}");
        assertThat(transport.closes()).hasSize(1);
    }

    @Test
    void a_client_is_ended_by_the_age_of_its_last_replies_when_it_does_not_read() {
        ScriptedTransport transport = ScriptedTransport.late();
        Hub hub = hub(Runnable::run);
        Client client = connected(hub, transport);
        client.receive(lines(2, i -> i == 1 ? "nonsense" : "{'ping':{},'id':2}"));
        assertThat(transport.closes()).isEmpty();
        for (int second = 0; second < 12; second++) {
            clock.advance(Duration.ofSeconds(1));
            hub.check();
        }
        assertThat(transport.closes()).hasSize(1);
    }

    @Test
    void the_errors_of_a_batch_leave_before_too_many_errors_end_the_client() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = connected(hub(Runnable::run), transport);
        client.receive(lines(150, i -> "{'rpc':{},'id':" + (i + 2) + "}"));
        assertThat(received(transport)).hasSize(100);
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_ERRORS);
    }

    @Test
    void a_rate_limit_refuses_each_command_of_a_batch_alone() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Hub hub = hub(Runnable::run);
        Client client = hub.connect(transport, CentrifugeProtocol.json(new Quota(100, 100, 100, 65_536), clock));
        client.receive(Frame.text("{\"connect\":{},\"id\":1}"));
        client.receive(lines(500, i -> "{'publish':{'channel':'plain','data':1},'id':" + (i + 2) + "}"));
        assertThat(received(transport)).hasSize(500);
        assertThat(received(transport).subList(0, 200)).allMatch(line -> line.endsWith("'publish':{}}"));
        assertThat(received(transport).subList(200, 500)).allMatch(line -> line.contains("'code':111"));
        assertThat(transport.closes()).isEmpty();
    }
}
