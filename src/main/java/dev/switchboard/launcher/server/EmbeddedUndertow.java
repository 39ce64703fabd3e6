package dev.switchboard.launcher.server;

import io.undertow.Handlers;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletStackTraces;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.BindException;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.EventListener;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves the WAR until the JVM is told to stop.
 *
 * <p>The loader of the embedded container loads this class, not the class path of the JVM.
 */
public final class EmbeddedUndertow implements Callable<Integer> {

    /** Strong references, because the JDK collects an unreferenced logger with its level. */
    private static final List<Logger> LOGS =
            List.of(Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"), Logger.getLogger("org.jboss"));

    /** Bytes. */
    private static final int BUFFER = 16 * 1024;

    /** The attribute of the servlet context with the {@link Runnable} that stops the relay. */
    private static final String STOP = "dev.switchboard.stop";

    private final String host;
    private final int port;
    private final String context;
    private final ClassLoader classes;
    private final Function<String, @Nullable URL> pages;

    /**
     * @param context the context path: empty for the root, else with a slash in front
     * @param classes loads the application
     * @param pages as in {@link Pages}
     */
    public EmbeddedUndertow(
            String host, int port, String context, ClassLoader classes, Function<String, @Nullable URL> pages) {
        this.host = host;
        this.port = port;
        this.context = context;
        this.classes = classes;
        this.pages = pages;
    }

    @Override
    public Integer call() throws InterruptedException, ClassNotFoundException {
        LOGS.forEach(log -> log.setLevel(Level.WARNING));
        GoneClients.dropTraces();
        OutOfMemory.endProcess();
        EarlyClasses.initialize();
        ByteBufferPool buffers = new DefaultByteBufferPool(true, BUFFER, -1, 4);
        AtomicReference<HttpHandler> handler = new AtomicReference<>(new StartupHandler());
        Listener listener;
        try { // before the application starts, because a taken port ends the process
            listener = Listener.start(
                    host,
                    port,
                    buffers,
                    new BriefHandshakes(
                            exchange -> Objects.requireNonNull(handler.get()).handleRequest(exchange)));
        } catch (IOException | RuntimeException failure) {
            Throwable cause = rootCause(failure);
            boolean taken = cause instanceof BindException
                    || cause instanceof UnknownHostException
                    || cause instanceof UnresolvedAddressException;
            System.err.println(
                    "switchboard: " + (taken ? "cannot listen on " + host + " port " + port + ": " : "") + cause);
            return 1;
        }
        DeploymentManager deployment = Servlets.newContainer().addDeployment(application(buffers));
        try {
            deployment.deploy();
            HttpHandler application = deployment.start();
            handler.set(context.isEmpty() ? application : Handlers.path().addPrefixPath(context, application));
        } catch (ServletException | RuntimeException refused) { // the application has logged the reason
            listener.stop();
            return 1;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(listener, deployment), "switchboard-stop"));
        System.out.println("Switchboard is running, open " + url(listener.port()));
        Heap.returnIdleMemory();
        new CountDownLatch(1).await(); // until the JVM is told to stop
        return 0;
    }

    private DeploymentInfo application(ByteBufferPool buffers) throws ClassNotFoundException {
        WebSocketDeploymentInfo webSockets = new WebSocketDeploymentInfo()
                .setBuffers(buffers)
                .setDispatchToWorkerThread(false) // the endpoints never block the thread that reads
                .addEndpoint(classes.loadClass("dev.switchboard.web.RawEndpoint"))
                .addEndpoint(classes.loadClass("dev.switchboard.web.RawParameterEndpoint"))
                .addEndpoint(classes.loadClass("dev.switchboard.web.CentrifugeEndpoint"));
        return Servlets.deployment()
                .setClassLoader(classes)
                .setDeploymentName("switchboard")
                .setContextPath(context.isEmpty() ? "/" : context)
                .setResourceManager(new Pages(pages))
                .addWelcomePage("index.html")
                .setServletStackTraces(ServletStackTraces.NONE)
                .addListener(Servlets.listener(
                        classes.loadClass("dev.switchboard.web.Deployment").asSubclass(EventListener.class)))
                .addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, webSockets);
    }

    /**
     * Stops: (1) drain the relay while its servlets answer, (2) close the port, (3) stop the
     * servlets.
     */
    private static void stop(Listener listener, DeploymentManager deployment) {
        try {
            ((Runnable) deployment.getDeployment().getServletContext().getAttribute(STOP)).run();
            listener.stop();
            deployment.stop();
            deployment.undeploy();
        } catch (ServletException | RuntimeException failure) {
            System.err.println("switchboard: the stop failed: " + failure.getMessage());
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
