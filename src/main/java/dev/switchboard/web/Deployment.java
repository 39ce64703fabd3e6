package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.api.Switchboard;
import dev.switchboard.embedded.Beans;
import dev.switchboard.embedded.RelaySwitchboard;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The life of the relay in its container: starts it, and stops it at undeploy.
 *
 * <p>In the WAR the descriptor names it as a listener, and containers find the annotated endpoints; within an application it is found as an
 * initializer, and then all that the relay serves is below {@code /switchboard}. Containers create endpoints, not we, so the running relay is found in a
 * static field; each deployment has its own class loader and with it its own.
 */
public final class Deployment implements ServletContainerInitializer, ServletContextListener {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());

    private static final String GATE = "switchboard-gate";

    /**
     * The attribute with the stop of the relay, for the launcher: a {@link Runnable}, which may be called again. The
     * launcher is of another class loader, and calls it while the servlets still answer.
     */
    private static final String STOP = "dev.switchboard.stop";

    /** Where it is within an application. */
    private static final String WITHIN = "/switchboard";

    private static final Duration LOGIN_CHECK = Duration.ofSeconds(5);

    private static final Duration ARRIVAL_CHECK = Duration.ofMillis(200);

    private static final Duration INTAKE_CHECK = Duration.ofSeconds(1);

    private static volatile @Nullable Relay relay;

    private @Nullable Faces faces;
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
        faces = logged(() -> new Faces(context, WITHIN));
        context.addListener(this);
    }

    /** Any exception here makes every container refuse the deployment. */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        logged(() -> {
            Faces known = faces;
            if (known != null) {
                LibraryEndpoint.add(context, WITHIN);
                Switchboard switchboard = start(context, known);
                if (hasCdi()) {
                    provide(switchboard);
                }
            } else if (context.getFilterRegistration(GATE) == null) { // else the initializer has done it all
                start(context, new Faces(context, ""));
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

    /** What a container takes before it starts the context, and no later: filter and servlets, all of them below {@code root}. */
    private static final class Faces {
        private final ServletContext context;
        private final String root;
        final Settings settings;
        final ChannelRules rules;
        private final Logins logins;
        private final RequestBodyReader intake = new RequestBodyReader(Deployment::relay);
        private final RequestBodyReader calls =
                new RequestBodyReader(Deployment::relay); // no crowd elsewhere keeps the application out
        private final UnreadBodies unread;
        private final HandshakeFilter gate;
        private final EmulationServlet fallback;

        Faces(ServletContext context, String root) {
            this.context = context;
            this.root = root;
            Map<String, String> parameters = Collections.list(context.getInitParameterNames()).stream()
                    .collect(Collectors.toMap(name -> name, context::getInitParameter));
            settings = Settings.read(parameters);
            rules = RulesFile.read(
                    settings.rules(), settings.messageBytes(), context, "/WEB-INF" + root + "/rules.json");
            settings.hooks().require(rules.questions());

            logins = new Logins(settings, System::nanoTime);
            gate = new HandshakeFilter(Deployment::relay, logins, rules.roles(), root);
            unread = new UnreadBodies(gate);
            FilterRegistration.Dynamic filter = context.addFilter(GATE, unread);
            filter.setAsyncSupported(true);
            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            context.addServlet("switchboard-undeploy", new Undeploy(this)).setLoadOnStartup(1);

            fallback = new EmulationServlet(gate, intake);
            serve("health", new Health(Deployment::relay), "/health/*");
            serve("metrics", new Metrics(Deployment::relay), "/metrics");
            serve("api", new Api(Deployment::relay, calls), "/api/*");
            serve("fallback", fallback, EmulationServlet.HTTP_STREAM, EmulationServlet.SSE, EmulationServlet.EMULATION);
            serve("raw", new RawStreaming(gate, intake), "/raw/*");
            serve("websocket", new WebSocketOnly(), WebSocketRoute.CENTRIFUGE_PATH);
        }

        private void serve(String name, Servlet servlet, String... paths) {
            ServletRegistration.Dynamic registration = context.addServlet("switchboard-" + name, servlet);
            registration.setAsyncSupported(true);
            registration.addMapping(
                    Arrays.stream(paths).map(path -> root + path).toArray(String[]::new));
        }

        /** Before the relay stops, whose threads it needs. */
        void stop() {
            intake.stop();
            calls.stop();
        }

        /** What they have begun goes on, or ends in time. */
        void tend(Relay running) {
            running.every(ARRIVAL_CHECK, gate::sweep);
            running.every(LOGIN_CHECK, logins::check);
            running.every(LOGIN_CHECK, fallback::sweep);
            running.every(INTAKE_CHECK, intake::check);
            running.every(INTAKE_CHECK, calls::check);
            running.every(INTAKE_CHECK, () -> unread.check(settings.limits().messageTime()));
        }
    }

    private Switchboard start(ServletContext context, Faces prepared) {
        Relay running = new Relay(prepared.settings, prepared.rules); // last: what fails before leaves no thread
        prepared.tend(running);
        relay = running;
        operations = new RelayOperations(running, context.getContextPath());
        Switchboard switchboard =
                new RelaySwitchboard(running.hub(), running.backend(), prepared.settings.messageBytes());
        context.setAttribute(Switchboard.class.getName(), switchboard);
        context.setAttribute(STOP, (Runnable) () -> stop(prepared));
        return switchboard;
    }

    private static void provide(Switchboard switchboard) {
        try {
            Beans.provide(switchboard);
        } catch (RuntimeException | Error failure) {
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

    /** For a deployment that fails after this listener, whose servlets never come to life. */
    @Override
    public void contextDestroyed(ServletContextEvent event) {
        if (operations != null) {
            operations.close();
        }
        stop();
    }

    private static void stop(Faces faces) {
        if (relay != null) {
            faces.stop();
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
        private final transient Faces faces;

        Undeploy(Faces faces) {
            this.faces = faces;
        }

        @Override
        public void destroy() {
            stop(faces);
        }
    }
}
