package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.api.Switchboard;
import dev.switchboard.application.Beans;
import dev.switchboard.application.RelaySwitchboard;
import dev.switchboard.protocol.JsonText;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The life of the relay in its container: starts it, and stops it at undeploy.
 *
 * <p>In the WAR the descriptor names it as a listener; within an application it is found as an initializer, and then all that the relay serves is below
 * {@code /switchboard}. Containers create endpoints, not we, so the running relay is found in a static field; each deployment has its own class loader and
 * with it its own.
 */
public final class Deployment implements ServletContainerInitializer, ServletContextListener {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());

    private static final String GATE = "switchboard-gate";

    private static final Duration LOGIN_CHECK = Duration.ofSeconds(5);

    private static volatile @Nullable Relay relay;

    private @Nullable Prepared prepared;
    private @Nullable RelayOperations operations;

    static Relay relay() {
        Relay running = relay;
        if (running == null) {
            throw new IllegalStateException("the relay has not been started");
        }
        return running;
    }

    /** Within an application, of which it is a library: what containers call whatever the application's descriptor says. */
    @Override
    public void onStartup(@Nullable Set<Class<?>> none, ServletContext context) {
        prepared = prepare(context, "/switchboard");
        context.addListener(this);
    }

    /** Any exception here makes every container refuse the deployment. */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        Prepared known = prepared;
        if (known != null) {
            Switchboard switchboard = start(context, known);
            if (hasCdi()) {
                provide(switchboard);
            }
        } else if (context.getFilterRegistration(GATE) == null) { // else the initializer has done it all
            start(context, prepare(context, ""));
        }
    }

    /** What there is before the relay starts: a container allows servlets and filters only then, and endpoints only when it starts. */
    private record Prepared(String root, Settings settings, ChannelRules rules, Logins logins) {}

    private static Prepared prepare(ServletContext context, String root) {
        try {
            Map<String, String> parameters = Collections.list(context.getInitParameterNames()).stream()
                    .collect(Collectors.toMap(name -> name, context::getInitParameter));
            Settings settings = Settings.read(parameters);
            ChannelRules rules = RulesFile.read(
                    settings.rules(), settings.messageBytes(), context, "/WEB-INF" + root + "/rules.json");

            Logins logins = new Logins(settings, System::nanoTime);
            FilterRegistration.Dynamic gate =
                    context.addFilter(GATE, new Gate(Deployment::relay, logins, rules.roles(), root));
            gate.setAsyncSupported(true);
            gate.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            context.addServlet("switchboard-undeploy", new Undeploy()).setLoadOnStartup(1);
            serve(context, "switchboard-health", new Health(Deployment::relay), root + "/health/*");
            serve(context, "switchboard-metrics", new Metrics(Deployment::relay), root + "/metrics");
            return new Prepared(root, settings, rules, logins);
        } catch (RuntimeException | Error failure) {
            log(failure);
            throw failure;
        }
    }

    private static void serve(ServletContext context, String name, Servlet servlet, String pattern) {
        context.addServlet(name, servlet).addMapping(pattern);
    }

    private Switchboard start(ServletContext context, Prepared prepared) {
        try {
            endpoint(context, RawEndpoint.class, prepared.root + RawEndpoint.PATH, List.of());
            endpoint(
                    context,
                    CentrifugeEndpoint.class,
                    prepared.root + CentrifugeEndpoint.PATH,
                    List.of(CentrifugeEndpoint.PROTOBUF, CentrifugeEndpoint.JSON));
            Relay running = new Relay(prepared.settings, prepared.rules); // last: what fails before leaves no thread
            running.every(LOGIN_CHECK, prepared.logins::check);
            relay = running;
            operations = new RelayOperations(running, context.getContextPath());
            Switchboard switchboard = new RelaySwitchboard(
                    running.hub(), running.backend(), JsonText::isValue, prepared.settings.messageBytes());
            context.setAttribute(Switchboard.class.getName(), switchboard);
            return switchboard;
        } catch (RuntimeException | Error failure) {
            log(failure);
            throw failure;
        }
    }

    private static void endpoint(ServletContext context, Class<?> type, String path, List<String> subprotocols) {
        ServerContainer container = (ServerContainer) context.getAttribute(ServerContainer.class.getName());
        if (container == null) {
            throw new IllegalStateException("this container has no WebSocket");
        }
        try {
            container.addEndpoint(ServerEndpointConfig.Builder.create(type, path)
                    .subprotocols(subprotocols)
                    .configurator(new Handshake())
                    .build());
        } catch (DeploymentException refused) {
            throw new IllegalStateException("no endpoint at " + path, refused);
        }
    }

    private static void provide(Switchboard switchboard) {
        try {
            Beans.provide(switchboard);
        } catch (RuntimeException | Error failure) {
            log(failure);
            stop(); // not every container tells a listener of the end that has failed at the start
            throw failure;
        }
    }

    private static boolean hasCdi() {
        try {
            Class.forName("jakarta.enterprise.inject.spi.CDI", false, Deployment.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException none) {
            return false;
        }
    }

    private static void log(Throwable failure) {
        if (failure instanceof IllegalArgumentException) { // a setting or a rule, which the message names
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start: " + failure.getMessage());
        } else {
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start", failure);
        }
    }

    /** For a deployment that fails after this listener, whose servlets never come to life. */
    @Override
    public void contextDestroyed(ServletContextEvent event) {
        if (operations != null) {
            operations.close();
        }
        stop();
    }

    private static void stop() {
        Relay running = relay;
        if (running != null) {
            running.stop();
        }
    }

    /** Stops the relay from {@code destroy}: {@code contextDestroyed} comes after Tomcat and WildFly have closed the sessions themselves. */
    private static final class Undeploy extends HttpServlet {

        @Override
        public void destroy() {
            stop();
        }
    }
}
