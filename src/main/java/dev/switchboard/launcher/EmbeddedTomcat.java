package dev.switchboard.launcher;

import java.net.BindException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Host;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.modeler.Registry;
import org.apache.tomcat.util.scan.StandardJarScanner;

/** Serves the unpacked WAR until the JVM is told to stop; lives in the class loader of {@link UnpackedWar#containerLoader}. */
public final class EmbeddedTomcat implements Callable<Integer> {

    /** Held, because a logger that nobody holds forgets its level. */
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    private final String host;
    private final int port;
    private final String context;
    private final UnpackedWar war;

    /** {@code context} is empty for the root, else begins with a slash. */
    public EmbeddedTomcat(String host, int port, String context, Path directory) {
        this.host = host;
        this.port = port;
        this.context = context;
        this.war = new UnpackedWar(directory);
    }

    @Override
    public Integer call() throws LifecycleException, InterruptedException {
        TOMCAT_LOG.setLevel(Level.WARNING);
        Registry.disableRegistry(); // MBeans that nobody reads here, and half a second
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(war.directory().toString()); // before getEngine, which fixes it
        tomcat.getEngine().setParentClassLoader(getClass().getClassLoader());
        Connector connector = connector();
        tomcat.setConnector(connector);
        Host virtualHost = tomcat.getHost();
        virtualHost.setAutoDeploy(false);
        virtualHost.getPipeline().addValve(plainErrors());
        tomcat.setAddDefaultWebXmlToWebapp(false); // it wants JSP
        StandardContext app =
                (StandardContext) tomcat.addWebapp(context, war.app().toString());
        app.setClearReferencesThreadLocals(false); // the JVM ends with the application
        app.setClearReferencesRmiTargets(false);
        app.setJarScanner(noJars());
        Tomcat.addServlet(app, "default", DefaultServlet.class.getName());
        app.addServletMapping("/", "default");
        Tomcat.addDefaultMimeTypeMappings(app);

        Logger startLog = Logger.getLogger("org.apache.catalina.core");
        Logger appLog = Logger.getLogger(app.getLogName());
        startLog.setLevel(Level.OFF); // the application says itself, in one line, why it does not start
        appLog.setLevel(Level.OFF);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat), "switchboard-stop"));
        try {
            tomcat.start();
        } catch (LifecycleException failure) {
            Throwable cause = rootCause(failure);
            boolean taken = cause instanceof BindException || cause instanceof UnknownHostException;
            System.err.println(
                    "switchboard: " + (taken ? "cannot listen on " + host + " port " + port + ": " : "") + cause);
            return 1;
        }
        if (!app.getState().isAvailable()) {
            return 1;
        }
        startLog.setLevel(Level.WARNING);
        appLog.setLevel(Level.WARNING);
        System.out.println("Switchboard is running, open " + url(connector.getLocalPort()));
        new CountDownLatch(1).await(); // until the JVM is told to stop
        return 0;
    }

    private Connector connector() {
        Connector connector = new Connector();
        connector.setProperty("address", host);
        connector.setPort(port);
        connector.setThrowOnFailure(true);
        return connector;
    }

    /** Error pages that name neither the product nor a stack. */
    private static ErrorReportValve plainErrors() {
        ErrorReportValve valve = new ErrorReportValve();
        valve.setShowReport(false);
        valve.setShowServerInfo(false);
        return valve;
    }

    /** All annotated classes are in WEB-INF/classes; the jars are read for nothing. */
    private static StandardJarScanner noJars() {
        StandardJarScanner scanner = new StandardJarScanner();
        scanner.setScanManifest(false);
        scanner.setJarScanFilter((type, jar) -> false);
        return scanner;
    }

    private void stop(Tomcat tomcat) {
        try {
            tomcat.stop();
        } catch (LifecycleException failure) {
            System.err.println("switchboard: did not stop in order: " + failure.getMessage());
        } finally {
            war.delete();
        }
    }

    private String url(int localPort) {
        String name = "0.0.0.0".equals(host) || "::".equals(host)
                ? "127.0.0.1"
                : host.contains(":") ? "[" + host + "]" : host;
        return "http://" + name + ":" + localPort + context + "/";
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
