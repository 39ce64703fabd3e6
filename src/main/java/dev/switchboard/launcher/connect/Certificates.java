package dev.switchboard.launcher.connect;

import java.net.http.HttpClient;
import java.time.Duration;

/** Says which certificates of servers a command accepts. */
public enum Certificates {
    /** Those that an authority has signed which this Java trusts, for the name of the server. */
    TRUSTED {
        @Override
        HttpClient.Builder builder() {
            return HttpClient.newBuilder();
        }
    },
    /** Each of them, which lets an attacker on the way read and change all messages. */
    ANY {
        @Override
        HttpClient.Builder builder() {
            return HttpClient.newBuilder().sslContext(AnyCertificate.context());
        }
    };

    /** Returns a client that speaks HTTP/1.1, because a WebSocket of the JDK needs it. */
    public HttpClient client(Duration connectTimeout) {
        return builder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .build();
    }

    abstract HttpClient.Builder builder();
}
