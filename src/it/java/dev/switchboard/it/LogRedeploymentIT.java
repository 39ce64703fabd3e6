package dev.switchboard.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Tests in each container that clients miss nothing when a relay with a log is redeployed. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class LogRedeploymentIT {

    private static final String KEPT = "kept";

    private static final Path FOLDER = folder();

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    private static Path folder() {
        try {
            return Files.createTempDirectory("switchboard-log-");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @AfterAll
    static void delete() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Names the server. */
    @Deployment(testable = false)
    static WebArchive relay() {
        return ShippedWar.as("switchboard.war");
    }

    @Deployment(name = KEPT, managed = false, testable = false)
    static WebArchive kept() {
        Map<String, String> parameters = new HashMap<>(RestartTrial.SETTINGS);
        parameters.put("switchboard.engine", "file");
        parameters.put("switchboard.engine.path", FOLDER.resolve("log").toString());
        return ShippedWar.as(KEPT + ".war", parameters);
    }

    @Test
    void clients_of_a_relay_with_a_log_miss_nothing_and_get_nothing_twice_when_it_is_redeployed() throws Exception {
        deployer.deploy(KEPT);
        try {
            RestartTrial.run(new URL(url, "/" + KEPT + "/").toURI(), () -> {
                deployer.undeploy(KEPT);
                deployer.deploy(KEPT);
            });
        } finally {
            deployer.undeploy(KEPT);
        }
    }
}
