package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletRegistration;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.FileInputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeploymentTest {

    private final Deployment deployment = new Deployment();

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** A container whose context has these parameters. */
    private static ServletContextEvent context(Map<String, String> parameters) {
        return new ServletContextEvent(proxy(
                ServletContext.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getInitParameterNames" -> Collections.enumeration(parameters.keySet());
                    case "getInitParameter" -> parameters.get((String) arguments[0]);
                    case "getResourceAsStream" -> new FileInputStream("webapp" + arguments[0]);
                    case "getContextPath" -> "/test";
                    case "addFilter" -> proxy(FilterRegistration.Dynamic.class, (filter, call, given) -> null);
                    case "addServlet" -> proxy(ServletRegistration.Dynamic.class, (servlet, call, given) -> null);
                    default -> throw new UnsupportedOperationException(method.getName());
                }));
    }

    private static void shake(List<String> origins) {
        HandshakeRequest request = proxy(
                HandshakeRequest.class,
                (self, method, arguments) -> method.getName().equals("getHeaders")
                        ? Map.of("hOsT", List.of("app.example"), "origin", origins)
                        : null);
        new Handshake()
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
    void the_handshake_itself_refuses_foreign_origins_where_a_container_upgrades_before_filters() {
        deployment.contextInitialized(context(Map.of("switchboard.origins", "https://friend.example")));

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
    @Row("S15")
    void a_wrong_setting_stops_the_deployment_before_any_thread_is_started() {
        assertThatThrownBy(() -> deployment.contextInitialized(context(Map.of("switchboard.outbox.agee", "1s"))))
                .hasMessageContaining("switchboard.outbox.agee");
        assertThatThrownBy(() -> deployment.contextInitialized(context(Map.of("switchboard.rules", "/no/such/file"))))
                .hasMessageContaining("/no/such/file");
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("switchboard-")));
    }

    @Test
    void no_extension_is_accepted() {
        assertThat(new Handshake().getNegotiatedExtensions(List.of(), List.of()))
                .isEmpty();
    }
}
