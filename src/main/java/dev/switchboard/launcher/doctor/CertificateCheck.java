package dev.switchboard.launcher.doctor;

import static dev.switchboard.launcher.doctor.Finding.fault;
import static dev.switchboard.launcher.doctor.Finding.ok;
import static dev.switchboard.launcher.doctor.Finding.unknown;

import dev.switchboard.launcher.connect.Certificates;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Checks the certificates of a server: their time, their name and who signed them. */
final class CertificateCheck {

    private static final String TLS = "tls";

    /** The way of the key exchange in TLS 1.3, which has no name. */
    private static final String ANY_METHOD = "UNKNOWN";

    private final Site site;
    private final Clock clock;

    CertificateCheck(Site site, Clock clock) {
        this.site = site;
        this.clock = clock;
    }

    Finding find() {
        if (hasHttpProxy()) {
            return unknown(TLS, "this Java connects by an HTTP proxy, through which doctor sees no certificate");
        }
        try {
            X509Certificate[] chain = chain();
            String problem = problem(chain);
            if (problem == null) {
                return ok(
                        TLS,
                        "the certificate is valid until "
                                + day(chain[0].getNotAfter().toInstant()));
            }
            return site.certificates() == Certificates.ANY
                    ? unknown(TLS, problem + "; --insecure accepts it here, browsers do not")
                    : fault(TLS, problem);
        } catch (IOException | GeneralSecurityException failure) {
            return fault(TLS, ConnectFailure.words(failure));
        }
    }

    /** Returns whether the requests of the other checks go by an HTTP proxy. */
    private boolean hasHttpProxy() {
        ProxySelector proxies = site.http().proxy().orElseGet(ProxySelector::getDefault);
        return proxies != null
                && proxies.select(site.root()).stream().anyMatch(proxy -> proxy.type() == java.net.Proxy.Type.HTTP);
    }

    /** Returns null if a browser would find nothing wrong. */
    private @Nullable String problem(X509Certificate[] chain) throws GeneralSecurityException, IOException {
        Instant now = clock.instant();
        for (X509Certificate certificate : chain) {
            String subject = certificate.getSubjectX500Principal().getName();
            if (now.isAfter(certificate.getNotAfter().toInstant())) {
                return "the certificate of " + subject + " expired on "
                        + day(certificate.getNotAfter().toInstant());
            }
            if (now.isBefore(certificate.getNotBefore().toInstant())) {
                return "the certificate of " + subject + " is valid only from "
                        + day(certificate.getNotBefore().toInstant()) + ", or a clock is wrong";
            }
        }
        if (!isForHost()) {
            return "the certificate is not for " + site.root().getHost() + " but for " + names(chain[0]);
        }
        if (isTrusted(chain)) {
            return null;
        }
        return chain[0].getSubjectX500Principal().equals(chain[0].getIssuerX500Principal())
                ? "the certificate is self-signed, so no client trusts it"
                : "no authority that this Java trusts has signed the certificate; often the server does not send the"
                        + " certificate between its own and that of the authority";
    }

    private X509Certificate[] chain() throws IOException, GeneralSecurityException {
        Recorder recorder = new Recorder();
        connect(recorder, new SSLParameters());
        if (recorder.sent.length == 0) {
            throw new CertificateException("the server sends no certificate");
        }
        return recorder.sent;
    }

    /** Returns whether a handshake succeeds in which the name is all that is checked. */
    private boolean isForHost() throws IOException, GeneralSecurityException {
        SSLParameters names = new SSLParameters();
        names.setEndpointIdentificationAlgorithm("HTTPS");
        try {
            connect(new Recorder(), names);
            return true;
        } catch (IOException failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof CertificateException) {
                    return false;
                }
            }
            throw failure;
        }
    }

    private void connect(Recorder recorder, SSLParameters parameters) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {recorder}, null);
        int patience = Math.toIntExact(site.patience().toMillis());
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(site.root().getHost(), site.port()), patience);
            plain.setSoTimeout(patience);
            try (SSLSocket socket = (SSLSocket)
                    context.getSocketFactory().createSocket(plain, site.root().getHost(), site.port(), true)) {
                socket.setSSLParameters(parameters);
                socket.startHandshake();
            }
        }
    }

    private static boolean isTrusted(X509Certificate[] chain) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        X509TrustManager trusted = (X509TrustManager) factory.getTrustManagers()[0];
        try {
            trusted.checkServerTrusted(chain, ANY_METHOD);
            return true;
        } catch (CertificateException untrusted) {
            return false;
        }
    }

    private static String names(X509Certificate certificate) throws CertificateException {
        var names = certificate.getSubjectAlternativeNames();
        return names == null
                ? certificate.getSubjectX500Principal().getName()
                : names.stream().map(name -> String.valueOf(name.get(1))).collect(Collectors.joining(", "));
    }

    private static String day(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate().toString();
    }

    /**
     * Keeps the certificates of a server and accepts them. The JDK checks the name only beside a
     * plain trust manager, not beside an extended one.
     */
    private static final class Recorder implements X509TrustManager {

        private X509Certificate[] sent = new X509Certificate[0];

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String method) {
            sent = chain.clone();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String method) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
