package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The life of the WAR in its container: starts the relay, and stops it at undeploy.
 *
 * <p>Containers create endpoints, not we, so the running relay is found in a static field; each deployment has its own class loader and
 * with it its own.
 */
@WebListener
public final class Deployment implements ServletContextListener {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());

    private static final Duration LOGIN_CHECK = Duration.ofSeconds(5);

    private static final Duration INTAKE_CHECK = Duration.ofSeconds(1);

    private static volatile @Nullable Relay relay;

    private @Nullable RelayOperations operations;

    static Relay relay() {
        Relay running = relay;
        if (running == null) {
            throw new IllegalStateException("the relay has not been started");
        }
        return running;
    }

    /** Any exception here makes every container refuse the deployment. */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        try {
            start(context);
        } catch (IllegalArgumentException wrong) { // a setting or a rule, which the message names
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start: " + wrong.getMessage());
            throw wrong;
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "Switchboard does not start", failure);
            throw failure;
        }
    }

    private void start(ServletContext context) {
        Map<String, String> parameters = Collections.list(context.getInitParameterNames()).stream()
                .collect(Collectors.toMap(name -> name, context::getInitParameter));
        Settings settings = Settings.read(parameters);
        ChannelRules rules = RulesFile.read(settings.rules(), settings.messageBytes(), context);
        settings.hooks().require(rules.questions());

        Logins logins = new Logins(settings, System::nanoTime);
        Gate doors = new Gate(Deployment::relay, logins, rules.roles());
        FilterRegistration.Dynamic gate = context.addFilter("switchboard-gate", doors);
        gate.setAsyncSupported(true);
        gate.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
        context.addServlet("switchboard-undeploy", new Undeploy()).setLoadOnStartup(1);

        context.addServlet("switchboard-health", new Health(Deployment::relay)).addMapping("/health/*");
        context.addServlet("switchboard-metrics", new Metrics(Deployment::relay))
                .addMapping("/metrics");

        ServletRegistration.Dynamic api = context.addServlet("switchboard-api", new Api(Deployment::relay));
        api.setAsyncSupported(true);
        api.addMapping("/api/*");
        Intake intake = new Intake(Deployment::relay);
        Fallback fallback = new Fallback(doors, intake);
        streaming("switchboard-fallback", fallback, context)
                .addMapping(Fallback.HTTP_STREAM, Fallback.SSE, Fallback.EMULATION);
        streaming("switchboard-raw", new RawStreaming(doors, intake), context).addMapping("/raw/*");

        Relay running = new Relay(settings, rules); // last: what fails before leaves no thread
        running.every(LOGIN_CHECK, logins::check);
        running.every(LOGIN_CHECK, fallback::sweep);
        running.every(INTAKE_CHECK, intake::check);
        relay = running;
        operations = new RelayOperations(running, context.getContextPath());
    }

    private static ServletRegistration.Dynamic streaming(String name, Streaming servlet, ServletContext context) {
        ServletRegistration.Dynamic registration = context.addServlet(name, servlet);
        registration.setAsyncSupported(true);
        return registration;
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
