package dev.switchboard.launcher.connect;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Accepts each certificate of each server. An extended trust manager also decides about names. */
final class AnyCertificate extends X509ExtendedTrustManager {

    /** Returns a context that checks no certificate and no name. */
    static SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            return context;
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java has no TLS", absent);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
