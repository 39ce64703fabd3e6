package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests in every container that a client is the user of its login. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class LoginIT {

    private static final String KEPT = "kept";
    private static final String OPEN = "open";

    /** The secret with which {@link #token} signs. */
    static final String SECRET = "change-me-change-me-change-me-change-me";

    /**
     * The close codes of the sockets of an ended login. WildFly may send 1008 first. Client
     * libraries reconnect after both.
     */
    private static final List<Integer> OF_THE_END = List.of(3005, 1008);

    private static final Duration EXPIRY = Duration.ofSeconds(60);

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    private final List<AutoCloseable> opened = new CopyOnWriteArrayList<>();

    @Deployment(testable = false)
    static WebArchive login() {
        return TestWar.withLogin(
                "login",
                Map.of(
                        "access", "login",
                        "token.secret", SECRET,
                        "admin.role", "editor",
                        "admin.reader.role", "member"));
    }

    @Deployment(name = KEPT, managed = false, testable = false)
    static WebArchive kept() {
        return TestWar.withLogin(KEPT, Map.of("login.keepalive", "true"));
    }

    @Deployment(name = OPEN, managed = false, testable = false)
    static WebArchive open() {
        return TestWar.withLogin(OPEN, Map.of());
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable client : opened) {
            client.close();
        }
    }

    /** A client with the cookies of one browser. */
    private final class Browser {
        private final URI root;
        private final CookieManager cookies = new CookieManager();
        private final HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .cookieHandler(cookies)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();

        Browser() {
            this(url.getPath());
        }

        Browser(String path) {
            root = URI.create("http://" + url.getHost() + ":" + url.getPort() + path);
        }

        /** Logs a user in by the form that the container shows for a protected page. */
        Browser loggedIn(String user) throws Exception {
            assertThat(get("account/name")).isEqualTo("who are you?");
            HttpRequest form = HttpRequest.newBuilder(root.resolve("j_security_check"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "j_username=" + user + "&j_password=" + user + "-password"))
                    .build();
            http.send(form, HttpResponse.BodyHandlers.ofString());
            assertThat(get("account/name")).isEqualTo(user);
            return this;
        }

        String get(String path) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(root.resolve(path)).build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }

        private String cookie() {
            List<HttpCookie> known = cookies.getCookieStore().getCookies();
            return "Cookie: "
                    + String.join(
                            "; ",
                            known.stream()
                                    .map(cookie -> cookie.getName() + "=" + cookie.getValue())
                                    .toList());
        }

        RawSocket raw(String channel, String... headers) throws IOException {
            List<String> all = new ArrayList<>(List.of(headers));
            all.add(cookie());
            URI endpoint = URI.create(root.toString().replace("http:", "ws:")).resolve("raw/" + channel);
            RawSocket socket = new RawSocket(endpoint, all.toArray(String[]::new));
            opened.add(socket);
            return socket;
        }

        private SocketLine line() throws IOException {
            URI endpoint = URI.create(root.toString().replace("http:", "ws:")).resolve("connection/websocket");
            RawSocket socket = new RawSocket(endpoint, DeployedServer.subprotocol(Dialect.JSON), cookie());
            opened.add(socket);
            return new SocketLine(socket, Dialect.JSON);
        }

        /** Connects without a token, and subscribes to the channel. */
        SocketLine in(String channel) throws IOException {
            SocketLine line = line();
            line.send("{\"id\":1,\"connect\":{}}");
            assertThat(line.next()).startsWith("{\"id\":1,\"connect\":{\"client\":");
            line.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
            assertThat(line.next()).startsWith("{\"id\":2,\"subscribe\":");
            return line;
        }
    }

    static String token(String user) throws Exception {
        return token(user, "");
    }

    /** Returns a token with more claims. Each claim begins with a comma. */
    static String token(String user, String more) throws Exception {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String claims = "{\"sub\":\"" + user + "\",\"exp\":" + (Instant.now().getEpochSecond() + 3600) + more + "}";
        String signed = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
        return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
    }

    @Test
    void a_role_of_the_container_opens_the_console() throws Exception {
        assertThat(new Browser().get("admin/api/session")).contains("\"code\":401");
        assertThat(new Browser().loggedIn("anna").get("admin/api/session")).contains("\"mode\":\"all\"");
        assertThat(new Browser().loggedIn("bert").get("admin/api/session")).contains("\"mode\":\"read\"");
    }

    @Test
    void a_socket_with_the_cookie_of_a_login_is_that_user() throws Exception {
        Browser anna = new Browser().loggedIn("anna");
        SocketLine line = anna.in("lobby-presence");
        line.send("{\"id\":3,\"presence\":{\"channel\":\"lobby-presence\"}}");
        assertThat(line.next()).contains("\"user\":\"anna\"");
        assertThat(anna.raw("lobby-raw").joined().isUpgraded()).isTrue();
    }

    @Test
    void a_role_decides_whether_a_user_may_publish() throws Exception {
        SocketLine editor = new Browser().loggedIn("anna").in("edited:1");
        SocketLine reader = new Browser().loggedIn("bert").in("edited:1");
        reader.send("{\"id\":3,\"publish\":{\"channel\":\"edited:1\",\"data\":1}}");
        assertThat(reader.next()).startsWith("{\"id\":3,\"error\":{\"code\":103");
        editor.send("{\"id\":3,\"publish\":{\"channel\":\"edited:1\",\"data\":2}}");
        assertThat(reader.next()).contains("\"data\":2");
    }

    @Test
    void a_client_without_a_login_is_refused_unless_it_has_a_token() throws Exception {
        Browser stranger = new Browser();
        assertThat(stranger.raw("lobby").awaitClose().closeCode()).isEqualTo(3507);

        SocketLine line = stranger.line();
        line.send("{\"id\":1,\"connect\":{}}");
        assertThat(line.next()).startsWith("{\"id\":1,\"error\":{\"code\":101");

        SocketLine bearer = stranger.line();
        bearer.send("{\"id\":1,\"connect\":{\"token\":\"" + token("carl") + "\"}}");
        assertThat(bearer.next()).startsWith("{\"id\":1,\"connect\":{\"client\":");
    }

    @Test
    @Row("A10")
    void a_foreign_origin_cannot_use_the_cookie() throws Exception {
        Browser anna = new Browser().loggedIn("anna");
        for (String foreign : List.of("https://evil.example", "null")) {
            assertThat(anna.raw("lobby", "Origin: " + foreign).status).contains(" 403");
        }
        assertThat(anna.raw("lobby").isUpgraded()).isTrue();
    }

    @Test
    void a_logout_ends_only_the_sockets_of_its_login_even_if_the_session_id_has_changed() throws Exception {
        Browser anna = new Browser().loggedIn("anna");
        Browser again = new Browser().loggedIn("anna");
        Browser bert = new Browser().loggedIn("bert");
        RawSocket raw = anna.raw("logout").joined();
        SocketLine line = anna.in("logout");
        RawSocket elsewhere = again.raw("logout").joined();
        RawSocket other = bert.raw("logout").joined();

        String id = anna.get("account/id");
        assertThat(id).isNotEmpty();
        RawSocket late = anna.raw("logout").joined();
        assertThat(anna.get("account/logout")).isEqualTo("bye");

        for (RawSocket ended : List.of(raw, line.socket(), late)) {
            assertThat(ended.awaitClose().closeCode()).isIn(OF_THE_END);
        }
        other.send("still here");
        assertThat(elsewhere.next().text()).isEqualTo("still here");
        assertThat(anna.raw("logout").awaitClose().closeCode()).as("no login").isEqualTo(3507);
    }

    @Test
    void an_unused_session_expires_with_its_sockets_unless_the_setting_keeps_it_or_requests_use_it() throws Exception {
        deployer.deploy(KEPT);
        try {
            Browser anna = new Browser().loggedIn("anna");
            Browser bert = new Browser("/" + KEPT + "/").loggedIn("bert");
            Browser carl = new Browser().loggedIn("carl");
            assertThat(anna.get("account/expiry")).isEqualTo("soon");
            assertThat(bert.get("account/expiry")).isEqualTo("soon");
            assertThat(carl.get("account/expiry")).isEqualTo("soon");
            RawSocket keeping = bert.raw("expiry").joined();
            bert.raw("expiry").joined().close(); // another socket of the login stays
            RawSocket used = carl.raw("used?echo=true").joined();
            CompletableFuture<Integer> expired = end(anna.raw("expiry").joined());

            await().atMost(EXPIRY).until(() -> {
                assertThat(carl.get("account/name")).isEqualTo("carl");
                return expired.isDone();
            });
            assertThat(expired.get()).isIn(OF_THE_END);
            used.send("still here");
            assertThat(used.next().text()).isEqualTo("still here");
            assertThat(anna.raw("expiry").awaitClose().closeCode())
                    .as("with the cookie of an expired session")
                    .isEqualTo(3507);
            assertThat(anna.get("account/name")).isEqualTo("who are you?");
            assertThat(bert.get("account/name"))
                    .as("the session that the sockets keep")
                    .isEqualTo("bert");

            keeping.close();
            await().atMost(EXPIRY)
                    .pollInterval(Duration.ofSeconds(5))
                    .until(() -> bert.get("account/name").equals("who are you?"));
        } finally {
            deployer.undeploy(KEPT);
        }
    }

    private static CompletableFuture<Integer> end(RawSocket socket) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return socket.awaitClose().closeCode();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    @Test
    void each_of_many_simultaneous_handshakes_gets_the_user_of_its_cookie() throws Exception {
        List<Browser> browsers = new ArrayList<>();
        List<String> users = List.of("anna", "bert", "carl", "dora", "");
        deployer.deploy(OPEN);
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try {
            for (String user : users) {
                Browser browser = new Browser("/" + OPEN + "/");
                browsers.add(user.isEmpty() ? browser : browser.loggedIn(user));
            }
            CountDownLatch start = new CountDownLatch(1);
            List<Future<String>> seen = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                String channel = "many-" + i;
                Callable<String> shake = () -> {
                    start.await();
                    SocketLine line = browsers.get(number % users.size()).in(channel);
                    line.send("{\"id\":3,\"presence\":{\"channel\":\"" + channel + "\"}}");
                    String answer = line.next();
                    return answer.contains("\"user\":\"") ? answer.replaceAll(".*\"user\":\"([^\"]*)\".*", "$1") : "";
                };
                seen.add(threads.submit(shake));
            }
            start.countDown();
            for (int i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i).get()).as("of handshake " + i).isEqualTo(users.get(i % users.size()));
            }
        } finally {
            threads.shutdownNow();
            deployer.undeploy(OPEN);
        }
    }
}
