package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.switchboard.failure.Row;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.ObjectName;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests that redeploys leave nothing, in a Tomcat in this JVM, where class loaders and threads can
 * be counted.
 */
class RedeployIT {

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    @Test
    @Row("S7")
    void twenty_redeploys_leave_one_class_loader_and_no_thread_and_no_bean() throws Exception {
        redeploy(ShippedWar.as("app"), "/raw/hello");
    }

    @Test
    void twenty_redeploys_of_a_relay_with_a_hook_leave_nothing() throws Exception {
        HttpServer application = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        AtomicInteger told = new AtomicInteger();
        application.createContext("/", exchange -> {
            told.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        application.start();
        String setting = "switchboard.hooks.disconnect";
        System.setProperty(
                setting, "http://127.0.0.1:" + application.getAddress().getPort() + "/");
        try {
            AtomicInteger left = new AtomicInteger();
            redeploy(ShippedWar.as("app"), "/raw/hello", () -> {
                // One client leaves before the stop, and the stop disconnects one.
                int all = left.addAndGet(2) - 1;
                await().untilAsserted(() -> assertThat(told).hasValueGreaterThanOrEqualTo(all));
            });
        } finally {
            System.clearProperty(setting);
            application.stop(0);
        }
    }

    @Test
    void twenty_redeploys_of_an_application_that_contains_the_relay_leave_nothing() throws Exception {
        redeploy(SampleWar.as("app"), "/switchboard/raw/hello");
    }

    private void redeploy(WebArchive war, String path) throws Exception {
        redeploy(war, path, () -> {});
    }

    /** Redeploys the WAR. {@code afterOneLeft} runs when a client has left, before each stop. */
    private void redeploy(WebArchive war, String path, Runnable afterOneLeft) throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        try (LocalTomcat tomcat = new LocalTomcat(directory)) {
            Path app = tomcat.unpack(war);
            URI uri = URI.create("ws://" + tomcat.authority() + path);
            for (int deployment = 0; deployment <= 20; deployment++) {
                tomcat.undeploy();
                await().untilAsserted(() -> assertThat(ourThreads()).isEmpty());
                loaders.add(new WeakReference<>(tomcat.deploy(app)));
                boolean leaves = deployment % 2 == 0;
                talk(uri, leaves);
                if (leaves) {
                    afterOneLeft.run();
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                System.gc();
                return loaders.stream().filter(loader -> loader.get() != null).count() == 1;
            });
            assertThat(loaders.get(20).get()).isNotNull();
            assertThat(ourBeans()).hasSize(1);
        }
        await().untilAsserted(() -> assertThat(ourThreads()).isEmpty());
        assertThat(ourBeans()).isEmpty();
        // A shutdown hook of the relay would keep its class loader.
    }

    private static Set<ObjectName> ourBeans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("dev.switchboard*:*"), null);
    }

    /** Connects a client. If it is not to leave, it stays connected until the stop. */
    private static void talk(URI uri, boolean leave) throws Exception {
        WebSocketClient client = new WebSocketClient(uri);
        assertThat(client.next()).isEqualTo("Hello, Client!");
        client.joined(); // Tomcat answers when the relay has opened the session
        if (leave) {
            client.close();
        }
    }

    private static List<String> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("switchboard-"))
                .toList();
    }
}
