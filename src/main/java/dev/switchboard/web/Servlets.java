package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Registers the filter and the servlets of the relay.
 *
 * <p>A container accepts them before it starts the context, and no later. The relay starts after
 * them, so they ask {@link Deployment} for it at each request.
 */
final class Servlets {

    /** The name of the filter. */
    static final String FILTER = "switchboard-gate";

    private static final Duration HANDSHAKE_CHECK = Duration.ofMillis(200);
    private static final Duration BODY_CHECK = Duration.ofSeconds(1);
    private static final Duration LOGIN_CHECK = Duration.ofSeconds(5);

    private final ServletContext context;
    private final String root;
    private final Settings settings;
    private final ChannelRules rules;
    private final Logins logins;
    private final HandshakeFilter filter;
    private final UnreadBodies unread;
    private final RequestBodyReader bodies = new RequestBodyReader(Deployment::relay);

    /**
     * Reads the bodies of the server API, which has a bound of its own: clients cannot use it up.
     */
    private final RequestBodyReader apiBodies = new RequestBodyReader(Deployment::relay);

    private final EmulatedSessions sessions;
    private final ConsoleServlet console;

    /**
     * Registers all of them below {@code root}, which is empty in the WAR.
     *
     * @throws IllegalArgumentException for a wrong setting or a wrong channel rule
     */
    Servlets(ServletContext context, String root) {
        this.context = context;
        this.root = root;
        Map<String, String> parameters = Collections.list(context.getInitParameterNames()).stream()
                .collect(Collectors.toMap(name -> name, context::getInitParameter));
        settings = Settings.read(parameters);
        rules = RulesFile.read(settings.rules(), settings.messageBytes(), context, "/WEB-INF" + root + "/rules.json");
        settings.hooks().require(rules.questions());

        logins = new Logins(settings, System::nanoTime);
        filter = new HandshakeFilter(Deployment::relay, logins, rules.roles(), root);
        unread = new UnreadBodies(filter);
        FilterRegistration.Dynamic registration = context.addFilter(FILTER, unread);
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
        context.addServlet("switchboard-undeploy", new Undeploy(this)).setLoadOnStartup(1);

        sessions = new EmulatedSessions(settings);
        console = new ConsoleServlet(filter, apiBodies, root + "/admin");
        EmulationServlet emulation = new EmulationServlet(filter, bodies, sessions);
        serve("health", new Health(Deployment::relay), "/health/*");
        serve("metrics", new Metrics(Deployment::relay), "/metrics");
        serve("api", new Api(Deployment::relay, apiBodies), "/api/*");
        serve("fallback", emulation, EmulationServlet.HTTP_STREAM, EmulationServlet.SSE, EmulationServlet.EMULATION);
        serve("console", console, "/admin/api/*");
        serve("raw", new RawServlet(filter, bodies), WebSocketRoute.RAW_PATH + "/*");
        serve("websocket", new WebSocketOnly(), WebSocketRoute.CENTRIFUGE_PATH);
    }

    private void serve(String name, Servlet servlet, String... paths) {
        ServletRegistration.Dynamic registration = context.addServlet("switchboard-" + name, servlet);
        registration.setAsyncSupported(true);
        for (String path : paths) {
            registration.addMapping(root + path);
            filter.serves(root + path);
        }
    }

    /** Returns a relay with the settings and the channel rules that the constructor has read. */
    Relay startRelay() {
        Relay relay = new Relay(settings, rules); // last: what fails before leaves no thread
        sessions.start(relay.uid(), relay.cluster());
        relay.every(HANDSHAKE_CHECK, filter::sweep);
        relay.every(LOGIN_CHECK, logins::check);
        relay.every(LOGIN_CHECK, sessions::sweep);
        relay.every(BODY_CHECK, bodies::check);
        relay.every(BODY_CHECK, apiBodies::check);
        relay.every(BODY_CHECK, console::check);
        relay.every(BODY_CHECK, () -> unread.check(settings.limits().messageTime()));
        return relay;
    }

    /**
     * Refuses the requests whose bodies are under way. The relay stops later, because this needs
     * its threads.
     */
    void stop() {
        bodies.stop();
        apiBodies.stop();
    }

    /**
     * Stops the relay in {@code destroy}. Tomcat and WildFly close the sessions themselves before
     * they call {@code contextDestroyed}.
     */
    private static final class Undeploy extends HttpServlet {
        private final transient Servlets servlets;

        Undeploy(Servlets servlets) {
            this.servlets = servlets;
        }

        @Override
        public void destroy() {
            Deployment.stop(servlets);
        }
    }
}
