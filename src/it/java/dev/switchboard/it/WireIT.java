package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Tests that the relay's own writing and Undertow's control frames keep their order. */
class WireIT {

    /**
     * Messages on their way at a time. The relay disconnects a joining client if more than 1,000
     * wait for it.
     */
    private static final int WINDOW = 100;

    @Test
    void a_client_gets_no_frame_after_the_close_frame_while_others_publish() throws Exception {
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
