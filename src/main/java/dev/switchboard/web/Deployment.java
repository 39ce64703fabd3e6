package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.api.Switchboard;
import dev.switchboard.embedded.Beans;
import dev.switchboard.embedded.RelaySwitchboard;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Starts the relay in its container, and stops it at undeploy.
 *
 * <p>In the WAR the descriptor names this class as a listener, and containers find the annotated
 * endpoints. Within an application, containers find this class as an initializer, and all paths of
 * the relay are below {@code /switchboard}.
 *
 * <p>Containers create the endpoints, so a static field holds the running relay. Each deployment
 * has its own class loader, and so its own field.
 */
public final class Deployment implements ServletContainerInitializer, ServletContextListener {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());

    /**
     * The name of the context attribute by which the launcher stops the relay: a {@link Runnable},
     * which may run again. The launcher has another class loader, and runs it while the servlets
     * still answer.
     */
    private static final String STOP = "dev.switchboard.stop";

    /** The path of the relay within an application. */
    private static final String LIBRARY_ROOT = "/switchboard";

    private static volatile @Nullable Relay relay;

    private @Nullable Servlets servlets;
    private @Nullable RelayOperations operations;

    static Relay relay() {
        Relay running = relay;
        if (running == null) {
            throw new IllegalStateException("the relay has not been started");
        }
        return running;
    }

    /**
     * Prepares the relay as a library of an application. Containers call this whatever its
     * descriptor says.
     */
    @Override
    public void onStartup(@Nullable Set<Class<?>> none, ServletContext context) {
        servlets = logged(() -> new Servlets(context, LIBRARY_ROOT));
        context.addListener(this);
    }

    /** Starts the relay. Every container refuses the deployment if this throws. */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        logged(() -> {
            Servlets ofLibrary = servlets;
            if (ofLibrary != null) {
                LibraryEndpoint.add(context, LIBRARY_ROOT);
                Switchboard switchboard = start(context, ofLibrary);
                if (ContainerClass.isVisible("jakarta.enterprise.inject.spi.CDI")) {
                    provide(switchboard);
                }
            } else if (context.getFilterRegistration(Servlets.FILTER) == null) { // else the initializer does all of it
                start(context, new Servlets(context, ""));
            }
            return this;
        });
    }

    private interface Step<T> {
        T run();
    }

    private static <T> T logged(Step<T> step) {
        try {
            return step.run();
        } catch (IllegalArgumentException wrong) { // a setting or a rule, which the message names
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start: " + wrong.getMessage());
            throw wrong;
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start", failure);
            throw failure;
        }
    }

    private Switchboard start(ServletContext context, Servlets prepared) {
        Relay running = prepared.startRelay();
        relay = running;
        operations = new RelayOperations(running, context.getContextPath());
        Switchboard switchboard = new RelaySwitchboard(
                running.hub(), running.backend(), running.settings().messageBytes());
        context.setAttribute(Switchboard.class.getName(), switchboard);
        context.setAttribute(STOP, (Runnable) () -> stop(prepared));
        return switchboard;
    }

    private static void provide(Switchboard switchboard) {
        try {
            Beans.provide(switchboard);
        } catch (RuntimeException | Error failure) {
            stop(); // not every container calls contextDestroyed after a start that failed
            throw failure;
        }
    }

    /**
     * Stops the relay also of a deployment that fails after this listener, and so never uses its
     * servlets.
     */
    @Override
    public void contextDestroyed(ServletContextEvent event) {
        if (operations != null) {
            operations.close();
        }
        stop();
    }

    static void stop(Servlets servlets) {
        if (relay != null) {
            servlets.stop();
        }
        stop();
    }

    private static void stop() {
        Relay running = relay;
        if (running != null) {
            running.stop();
        }
    }
}
