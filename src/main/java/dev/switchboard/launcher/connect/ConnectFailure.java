package dev.switchboard.launcher.connect;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in words why a connection to a server failed. */
public final class ConnectFailure {

    /** The close code of an end without a close frame (RFC 6455 section 7.1.5). */
    public static final int NO_CLOSE_FRAME = 1006;

    private ConnectFailure() {}

    /** Returns the words, which stand behind a colon. */
    public static String words(@Nullable Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        if (has(UnresolvedAddressException.class, causes) || has(UnknownHostException.class, causes)) {
            return "unknown host";
        }
        if (has(SSLException.class, causes)) {
            return tls(causes);
        }
        if (has(HttpTimeoutException.class, causes)
                || has(SocketTimeoutException.class, causes)
                || has(TimeoutException.class, causes)) {
            return "no answer";
        }
        if (has(ConnectException.class, causes)) {
            return unreachable(causes);
        }
        for (Throwable cause : causes) {
            if (cause instanceof WebSocketHandshakeException refused) {
                return "the server answered HTTP " + refused.getResponse().statusCode();
            }
        }
        Throwable known = causes.stream()
                .filter(cause -> !(cause instanceof CompletionException || cause instanceof ExecutionException))
                .findFirst()
                .orElse(failure);
        return String.valueOf(known);
    }

    /** The client of the JDK wraps each failure to connect in a {@link ConnectException}. */
    private static String unreachable(List<Throwable> causes) {
        return causes.stream()
                .filter(cause -> cause instanceof IOException && !(cause instanceof ConnectException))
                .map(Throwable::getMessage)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("connection refused");
    }

    private static boolean has(Class<? extends Throwable> type, List<Throwable> causes) {
        return causes.stream().anyMatch(type::isInstance);
    }

    private static String tls(List<Throwable> causes) {
        if (has(CertificateExpiredException.class, causes)) {
            return "the certificate of the server has expired";
        }
        if (has(CertificateNotYetValidException.class, causes)) {
            return "the certificate of the server is not valid yet; a clock may be wrong";
        }
        if (has(CertPathBuilderException.class, causes)) {
            return "no authority that this Java trusts has signed the certificate of the server;"
                    + " --insecure accepts a self-signed one";
        }
        Throwable first = causes.stream()
                .filter(SSLException.class::isInstance)
                .findFirst()
                .orElseThrow();
        String said = String.valueOf(first.getMessage());
        if (has(CertificateException.class, causes) && said.contains("subject alternative")
                || said.startsWith("No name matching")) {
            return "the certificate of the server is for another name";
        }
        if (said.contains("Unsupported or unrecognized SSL message")) {
            return "the server does not speak TLS at this port";
        }
        return "TLS failed: " + said;
    }
}
