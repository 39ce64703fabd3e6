package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.jboss.shrinkwrap.api.exporter.ExplodedExporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Runs a Tomcat in this JVM, at a free port, with one application at a time. */
final class LocalTomcat implements AutoCloseable {

    private final Tomcat tomcat = new Tomcat();
    private final Connector connector = new Connector();
    private final Path directory;

    /** {@code directory} is for its files. */
    LocalTomcat(Path directory) throws LifecycleException {
        this.directory = directory;
        tomcat.setBaseDir(directory.resolve("tomcat").toString());
        tomcat.setAddDefaultWebXmlToWebapp(false);
        connector.setProperty("address", "127.0.0.1");
        connector.setPort(0);
        tomcat.setConnector(connector);
        tomcat.start();
    }

    /** Unpacks the WAR, and returns where it is. */
    Path unpack(WebArchive war) {
        return war.as(ExplodedExporter.class).exportExploded(directory.toFile()).toPath();
    }

    /** Deploys the unpacked WAR at the root, and returns its class loader. */
    ClassLoader deploy(Path app) {
        Context context = tomcat.addWebapp("", app.toString());
        // Without a servlet Tomcat calls no filter, and a filter does the upgrade.
        Tomcat.addServlet(context, "default", DefaultServlet.class.getName());
        context.addServletMapping("/", "default");
        assertThat(context.getState().isAvailable()).isTrue();
        return context.getLoader().getClassLoader();
    }

    void undeploy() {
        for (Container context : tomcat.getHost().findChildren()) {
            tomcat.getHost().removeChild(context);
        }
    }

    /** Returns host and port. */
    String authority() {
        return "127.0.0.1:" + connector.getLocalPort();
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }
}
