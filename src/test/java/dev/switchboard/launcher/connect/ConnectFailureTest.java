package dev.switchboard.launcher.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConnectFailureTest {

    private static Arguments failure(String words, Throwable failure) {
        return Arguments.of(words, failure);
    }

    private static Throwable handshake(String message, Throwable cause) {
        return new SSLHandshakeException(message).initCause(cause);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                failure("unknown host", new ConnectException().initCause(new UnresolvedAddressException())),
                failure("unknown host", new UnknownHostException("nowhere")),
                failure("connection refused", new CompletionException(new ConnectException())),
                failure("connection refused", new ConnectException().initCause(new ClosedChannelException())),
                failure(
                        "No route to host",
                        new ConnectException().initCause(new NoRouteToHostException("No route to host"))),
                failure("no answer", new HttpConnectTimeoutException("late")),
                failure("no answer", new SocketTimeoutException("late")),
                failure(
                        "the certificate of the server has expired",
                        handshake("PKIX path validation failed", new CertificateExpiredException())),
                failure(
                        "the certificate of the server is not valid yet; a clock may be wrong",
                        handshake("PKIX path validation failed", new CertificateNotYetValidException())),
                failure(
                        "no authority that this Java trusts has signed the certificate of the server;"
                                + " --insecure accepts a self-signed one",
                        new CompletionException(handshake("PKIX", new CertPathBuilderException()))),
                failure(
                        "the certificate of the server is for another name",
                        handshake("No subject alternative names present", new CertificateException())),
                failure(
                        "the certificate of the server is for another name",
                        handshake("No name matching a.example found", new CertificateException())),
                failure(
                        "the server does not speak TLS at this port",
                        new SSLException("Unsupported or unrecognized SSL message")),
                failure("TLS failed: handshake_failure", new SSLHandshakeException("handshake_failure")),
                failure("java.io.IOException: broken", new CompletionException(new IOException("broken"))));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void each_failure_has_words(String words, Throwable failure) {
        assertThat(ConnectFailure.words(failure)).isEqualTo(words);
    }
}
