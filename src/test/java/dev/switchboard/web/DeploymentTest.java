package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.api.Switchboard;
import dev.switchboard.failure.Row;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletRegistration;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.FileInputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeploymentTest {

    private final Deployment deployment = new Deployment();
    private final Set<String> registered = new HashSet<>();
    private final List<String> resources = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();
    private final Map<String, Object> attributes = new HashMap<>();

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** Acts as a container whose context has these parameters. */
    private ServletContextEvent context(Map<String, String> parameters) {
        return new ServletContextEvent(proxy(
                ServletContext.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getInitParameterNames" -> Collections.enumeration(parameters.keySet());
                    case "getInitParameter" -> parameters.get((String) arguments[0]);
                    case "getResourceAsStream" -> {
                        resources.add((String) arguments[0]);
                        yield new FileInputStream("webapp/WEB-INF/rules.json");
                    }
                    case "getContextPath" -> "/test";
                    case "getFilterRegistration" ->
                        registered.contains((String) arguments[0])
                                ? proxy(FilterRegistration.class, (filter, call, given) -> null)
                                : null;
                    case "addFilter" -> {
                        registered.add((String) arguments[0]);
                        yield proxy(FilterRegistration.Dynamic.class, (filter, call, given) -> null);
                    }
                    case "addServlet" ->
                        proxy(ServletRegistration.Dynamic.class, (servlet, call, given) -> {
                            if (call.getName().equals("addMapping")) {
                                paths.addAll(List.of((String[]) given[0]));
                            }
                            return call.getReturnType() == Set.class ? Set.of() : null;
                        });
                    case "addListener" -> null;
                    case "getAttribute" ->
                        proxy(ServerContainer.class, (container, call, given) -> {
                            paths.add(((ServerEndpointConfig) given[0]).getPath());
                            return null;
                        });
                    case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
                    default -> throw new UnsupportedOperationException(method.getName());
                }));
    }

    private static void shake(List<String> origins) {
        HandshakeRequest request =
                proxy(HandshakeRequest.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getRequestURI" -> URI.create("/raw/news");
                    case "getHeaders" ->
                        Map.of(
                                "hOsT",
                                List.of("app.example"),
                                "origin",
                                origins,
                                "upgrade",
                                List.of("websocket"),
                                "Connection",
                                List.of("Upgrade"),
                                "sec-websocket-key",
                                List.of("dGhlIHNhbXBsZSBub25jZQ=="),
                                "Sec-WebSocket-Version",
                                List.of("13"));
                    default -> null;
                });
        new HandshakeConfigurator()
                .modifyHandshake(
                        proxy(ServerEndpointConfig.class, (self, method, arguments) -> null),
                        request,
                        proxy(HandshakeResponse.class, (self, method, arguments) -> null));
    }

    @AfterEach
    void stop() {
        deployment.contextDestroyed(context(Map.of()));
    }

    @Test
    void the_configurator_refuses_a_foreign_origin_when_no_filter_has_run() {
        deployment.contextInitialized(
                context(Map.of("switchboard.origins", "https://friend.example", "switchboard.hosts", "app.example")));

        for (List<String> foreign : List.of(
                List.of("https://evil.example"),
                List.of("null"),
                List.of("http://app.example", "https://evil.example"))) {
            assertThatThrownBy(() -> shake(foreign)).hasMessageContaining("origin");
        }
        assertThatCode(() -> shake(List.of("http://app.example"))).doesNotThrowAnyException();
        assertThatCode(() -> shake(List.of("https://friend.example"))).doesNotThrowAnyException();
        assertThatCode(() -> shake(List.of())).doesNotThrowAnyException();
    }

    @Test
    @Row("A18")
    void the_configurator_refuses_a_foreign_host_when_no_filter_has_run() {
        deployment.contextInitialized(context(Map.of()));
        assertThatThrownBy(() -> shake(List.of("http://app.example"))).hasMessageContaining("host");
    }

    @Test
    @Row("S15")
    void a_wrong_setting_stops_the_deployment_before_a_thread_starts() {
        assertThatThrownBy(() -> deployment.contextInitialized(context(Map.of("switchboard.outbox.agee", "1s"))))
                .hasMessageContaining("switchboard.outbox.agee");
        assertThatThrownBy(() -> deployment.contextInitialized(context(Map.of("switchboard.rules", "/no/such/file"))))
                .hasMessageContaining("/no/such/file");
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("switchboard-")));
    }

    @Test
    void the_war_serves_all_paths_at_its_root() {
        deployment.contextInitialized(context(Map.of()));

        assertThat(paths)
                .containsExactlyInAnyOrder(
                        "/health/*",
                        "/metrics",
                        "/api/*",
                        "/raw/*",
                        "/connection/http_stream",
                        "/connection/sse",
                        "/connection/websocket",
                        "/emulation");
        assertThat(List.of(RawEndpoint.class, RawParameterEndpoint.class, CentrifugeEndpoint.class))
                .extracting(
                        endpoint -> endpoint.getAnnotation(ServerEndpoint.class).value())
                .containsExactly("/raw/{channel}", "/raw", "/connection/websocket");
        assertThat(resources).containsExactly("/WEB-INF/rules.json");
        assertThat(attributes.get("dev.switchboard.api.Switchboard")).isInstanceOf(Switchboard.class);
    }

    @Test
    void a_library_serves_all_paths_below_its_own() {
        ServletContextEvent context = context(Map.of());
        deployment.onStartup(null, context.getServletContext());
        deployment.contextInitialized(context);

        assertThat(paths)
                .contains("/switchboard/raw/{channel}", "/switchboard/raw", "/switchboard/connection/websocket")
                .allSatisfy(path -> assertThat(path).startsWith("/switchboard/"));
        assertThat(resources).containsExactly("/WEB-INF/switchboard/rules.json");
        assertThat(attributes.get("dev.switchboard.api.Switchboard")).isInstanceOf(Switchboard.class);
    }

    @Test
    void a_listener_does_nothing_when_the_initializer_has_started_the_relay() {
        ServletContextEvent context = context(Map.of());
        deployment.onStartup(null, context.getServletContext());
        List<String> once = List.copyOf(paths);

        new Deployment().contextInitialized(context);

        assertThat(paths).isEqualTo(once);
        assertThat(attributes).isEmpty();
    }

    @Test
    void the_configurator_accepts_no_extension() {
        assertThat(new HandshakeConfigurator().getNegotiatedExtensions(List.of(), List.of()))
                .isEmpty();
    }
}
