package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Where the relay writes messages beside a WebSocket that writes its own frames. */
class WireIT {

    /** On their way at a time: who comes meanwhile is cut off when more than 1,000 are held back for her. */
    private static final int WINDOW = 100;

    @Test
    void who_says_goodbye_while_others_talk_gets_nothing_after_the_goodbye_of_the_server() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (CommandLine server = CommandLine.server();
                RawSocket talker = new RawSocket(server.raw("busy?echo=true")).joined()) {
            CompletableFuture<?> talk = CompletableFuture.runAsync(() -> {
                try {
                    while (!over.get()) {
                        for (int i = 0; i < WINDOW; i++) {
                            talker.send("talk");
                        }
                        for (int i = 0; i < WINDOW; i++) {
                            talker.next();
                        }
                    }
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            });
            try {
                for (int i = 0; i < 300; i++) {
                    leave(server);
                }
            } finally {
                over.set(true);
            }
            talk.get(30, TimeUnit.SECONDS);
        }
    }

    private static void leave(CommandLine server) throws IOException {
        try (RawSocket leaver = new RawSocket(server.raw("busy"))) {
            assertThat(leaver.next().text()).isEqualTo("talk");
            leaver.send(RawSocket.CLOSE, true, new byte[] {0x03, (byte) 0xE8});
            assertThat(leaver.end()).isEqualTo("1000");
            assertThat(leaver.isAtEndOfStream()).isTrue();
        }
    }
}
