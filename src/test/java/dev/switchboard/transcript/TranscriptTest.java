package dev.switchboard.transcript;

import dev.switchboard.failure.Row;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The transcripts against the relay in memory, with a clock that they move. */
class TranscriptTest {

    static List<Transcript> all() throws IOException {
        return Transcript.all();
    }

    static List<Transcript> allInProtobuf() throws IOException {
        return Transcript.all().stream().filter(Transcript::isForProtobuf).toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    @Row({"A1", "A2"})
    void the_relay_sends_the_frames_of_the_transcript(Transcript transcript) throws Exception {
        transcript.play(new MemoryServer(Dialect.JSON));
    }

    @ParameterizedTest
    @MethodSource("allInProtobuf")
    void the_relay_sends_the_same_frames_in_protobuf(Transcript transcript) throws Exception {
        transcript.play(new MemoryServer(Dialect.PROTOBUF));
    }
}
