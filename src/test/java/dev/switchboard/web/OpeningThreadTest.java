package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OpeningThreadTest {

    /** Waits for itself as the class of that name in Tyrus does. */
    private static final class TyrusHttpUpgradeHandler {
        final CountDownLatch connection = new CountDownLatch(1);

        void init() {
            onDataAvailable();
            connection.countDown();
        }

        void onDataAvailable() {
            try {
                connection.await();
            } catch (InterruptedException freed) {
                // Tyrus goes on as well
            }
        }
    }

    private static Thread started(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        await().until(() -> thread.getState() == Thread.State.WAITING);
        return thread;
    }

    @Test
    void a_thread_that_waits_for_itself_goes_on() throws Exception {
        Thread thread = started(new TyrusHttpUpgradeHandler()::init);
        new OpeningThread(thread).free();
        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void a_thread_that_waits_for_another_one_is_left_alone() throws Exception {
        TyrusHttpUpgradeHandler handler = new TyrusHttpUpgradeHandler();
        Thread reader = started(handler::onDataAvailable);
        new OpeningThread(reader).free();
        assertThat(reader.isInterrupted()).isFalse();
        assertThat(reader.isAlive()).isTrue();
        handler.connection.countDown();
        reader.join(10_000);
    }
}
