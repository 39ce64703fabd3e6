package dev.switchboard.it;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jboss.arquillian.container.spi.client.container.ContainerConfiguration;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.container.DeploymentException;
import org.jboss.arquillian.container.spi.client.protocol.ProtocolDescription;
import org.jboss.arquillian.container.spi.client.protocol.metadata.HTTPContext;
import org.jboss.arquillian.container.spi.client.protocol.metadata.ProtocolMetaData;
import org.jboss.arquillian.container.spi.client.protocol.metadata.Servlet;
import org.jboss.arquillian.core.spi.LoadableExtension;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Deploys each archive as a {@code java -jar} process. The settings of Tomcat's tests become system
 * properties, and so do the context parameters of the descriptor, which {@code java -jar} does not
 * read.
 */
public final class ExecutableWar implements DeployableContainer<ExecutableWar.Configuration> {

    /** Registers this container in the execution {@code executable} of the build. */
    public static final class Extension implements LoadableExtension {
        @Override
        public void register(ExtensionBuilder builder) {
            if ("executable".equals(System.getProperty("arquillian.launch"))) {
                builder.service(DeployableContainer.class, ExecutableWar.class);
            }
        }
    }

    /** Has no options. */
    public static final class Configuration implements ContainerConfiguration {
        @Override
        public void validate() {}
    }

    private final Path logs = Path.of(System.getProperty("server.logs"));
    private final Map<String, Process> running = new HashMap<>();

    @Override
    public Class<Configuration> getConfigurationClass() {
        return Configuration.class;
    }

    @Override
    public ProtocolDescription getDefaultProtocol() {
        return new ProtocolDescription("Local");
    }

    @Override
    public ProtocolMetaData deploy(Archive<?> archive) throws DeploymentException {
        String name = name(archive);
        try {
            Path war = Files.createDirectories(logs.resolveSibling("wars")).resolve(archive.getName());
            archive.as(ZipExporter.class).exportTo(war.toFile(), true);
            Path log = Files.createTempFile(Files.createDirectories(logs), name + "-", ".log");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+ExitOnOutOfMemoryError"));
            settings().forEach((key, value) -> command.add("-D" + key + "=" + value));
            command.addAll(parameters(archive));
            command.addAll(List.of("-jar", war.toString(), "--context", name, "--port", "0"));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            running.put(name, process);
            await().atMost(Duration.ofSeconds(60))
                    .until(() ->
                            CommandLine.RUNNING.matcher(Files.readString(log)).find() || !process.isAlive());
            Matcher matcher = CommandLine.RUNNING.matcher(Files.readString(log));
            if (!matcher.find()) {
                throw new DeploymentException(Files.readString(log));
            }
            URI url = URI.create(matcher.group(1));
            return new ProtocolMetaData()
                    .addContext(new HTTPContext(url.getHost(), url.getPort()).add(new Servlet("default", "/" + name)));
        } catch (IOException failure) {
            throw new DeploymentException(name, failure);
        }
    }

    private static Properties settings() throws IOException {
        Properties settings = new Properties();
        Path file = Path.of(System.getProperty("servers.dir"), "config", "tomcat", "switchboard.properties");
        try (Reader reader = Files.newBufferedReader(file)) {
            settings.load(reader);
        }
        return settings;
    }

    /**
     * Returns the context parameters as JVM options. They override the settings, because they come
     * later.
     */
    private static List<String> parameters(Archive<?> archive) {
        List<String> properties = new ArrayList<>();
        try (var descriptor = archive.get("WEB-INF/web.xml").getAsset().openStream()) {
            NodeList parameters = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(descriptor.readAllBytes()))
                    .getElementsByTagName("context-param");
            for (int i = 0; i < parameters.getLength(); i++) {
                Element parameter = (Element) parameters.item(i);
                properties.add("-D" + text(parameter, "param-name") + "=" + text(parameter, "param-value"));
            }
            return properties;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (Exception malformed) {
            throw new IllegalStateException(malformed);
        }
    }

    private static String text(Element parent, String name) {
        return parent.getElementsByTagName(name).item(0).getTextContent();
    }

    @Override
    public void undeploy(Archive<?> archive) throws DeploymentException {
        Process process = running.remove(name(archive));
        if (process != null) {
            end(process);
        }
    }

    /** Ends the processes that were not undeployed, for instance because they did not start. */
    @Override
    public void stop() {
        running.values().forEach(ExecutableWar::end);
        running.clear();
    }

    private static void end(Process process) {
        process.destroy();
        await().atMost(Duration.ofSeconds(60)).until(() -> !process.isAlive());
    }

    /** Returns the context path without its slash. */
    private static String name(Archive<?> archive) {
        return archive.getName().replaceFirst("\\.war$", "");
    }
}
