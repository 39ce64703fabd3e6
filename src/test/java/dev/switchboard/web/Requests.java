package dev.switchboard.web;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.MappingMatch;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes requests and answers without a container. */
final class Requests {

    private Requests() {}

    static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** One request. A login has a user name, roles and perhaps a session. */
    record Request(
            String remote,
            Map<String, List<String>> headers,
            @Nullable String user,
            Set<String> roles,
            @Nullable HttpSession session,
            @Nullable String path,
            MappingMatch match) {

        static Request from(String remote) {
            return new Request(remote, Map.of(), null, Set.of(), null, null, MappingMatch.PATH);
        }

        Request fromAddress(String address) {
            return new Request(address, headers, user, roles, session, path, match);
        }

        /** Returns this request with a path below that of its servlet. */
        Request at(@Nullable String pathInfo) {
            return new Request(remote, headers, user, roles, session, pathInfo, match);
        }

        /** Returns this request for a file, or for a path without a servlet. */
        Request forPage() {
            return new Request(remote, headers, user, roles, session, path, MappingMatch.DEFAULT);
        }

        Request with(String header, String... values) {
            Map<String, List<String>> more = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            more.putAll(headers);
            more.put(header, List.of(values));
            return new Request(remote, more, user, roles, session, path, match);
        }

        Request of(String name, Set<String> granted, @Nullable HttpSession login) {
            return new Request(remote, headers, name, granted, login, path, match);
        }

        HttpServletRequest servletRequest() {
            return proxy(HttpServletRequest.class, (self, method, arguments) -> switch (method.getName()) {
                case "getRemoteAddr" -> remote;
                case "getHeader" ->
                    values(arguments[0]).isEmpty() ? null : values(arguments[0]).get(0);
                case "getHeaders" -> Collections.enumeration(values(arguments[0]));
                case "getHeaderNames" -> Collections.enumeration(headers.keySet());
                case "getUserPrincipal" -> user == null ? null : (Principal) () -> user;
                case "isUserInRole" -> roles.contains((String) arguments[0]);
                case "getServletPath" -> "";
                case "getPathInfo" -> path;
                case "getSession" -> session;
                case "getMethod" -> "GET";
                case "getHttpServletMapping" -> proxy(HttpServletMapping.class, (mapping, call, none) -> match);
                case "getProtocol" -> "HTTP/1.1";
                case "getRequestURI" -> path == null ? "/raw/a" : path;
                case "getQueryString" -> null;
                case "getServletContext" -> proxy(ServletContext.class, (context, call, none) -> "a test");
                default -> throw new UnsupportedOperationException(method.getName());
            });
        }

        private List<String> values(Object name) {
            return headers.getOrDefault((String) name, List.of());
        }
    }

    /** Records an answer. */
    static final class Answer {
        int status = 200;
        final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final StringWriter text = new StringWriter();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        final HttpServletResponse servletResponse = proxy(HttpServletResponse.class, (self, method, arguments) -> {
            switch (method.getName()) {
                case "setStatus" -> status = (int) arguments[0];
                case "setHeader", "addHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
                case "setContentType" -> headers.put("Content-Type", (String) arguments[0]);
                case "getStatus" -> {
                    return status;
                }
                case "setContentLength", "flushBuffer" -> {}
                case "getWriter" -> {
                    return new PrintWriter(text, true);
                }
                case "getOutputStream" -> {
                    return new BytesOut(bytes);
                }
                default -> throw new UnsupportedOperationException(method.getName());
            }
            return null;
        });

        String body() {
            return text + bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private static final class BytesOut extends jakarta.servlet.ServletOutputStream {
        private final ByteArrayOutputStream bytes;

        BytesOut(ByteArrayOutputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int b) {
            bytes.write(b);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(jakarta.servlet.WriteListener listener) {}
    }
}
