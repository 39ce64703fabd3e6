package dev.switchboard.hub;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Reason;
import dev.switchboard.spi.Application.Caller;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * ClientIdentity keeps the identity of one client: it authenticates the client, extends and renews
 * the identity, and tells when it expires.
 *
 * <p>Any thread; nothing blocks. Refused by a {@link ClientError} or a {@link Disconnect}.
 */
final class ClientIdentity {

    /** How the client ended. */
    private record End(int code, String reason) {}

    private final String client;
    private final Transport transport;
    private final Encoding encoding;
    private final Node node;
    private final Authorizer authorizer;
    private final Renewals renewals;
    private final AtomicBoolean endTold = new AtomicBoolean();
    private volatile Identity identity = Identity.ANONYMOUS;

    /** The headers of the connect command that the application wants. */
    private volatile Map<String, String> claimedHeaders = Map.of();

    /** The application may know the client, and is told of its end. */
    private volatile boolean knownToApplication;

    /** Null while the client is connected. */
    private volatile @Nullable End end;

    /** When the client must have connected or renewed its identity; null for never. */
    private volatile @Nullable Deadline deadline;

    /** {@code client} is the id of the client. */
    ClientIdentity(
            String client,
            Transport transport,
            Encoding encoding,
            Node node,
            Authorizer authorizer,
            Renewals renewals) {
        this.client = client;
        this.transport = transport;
        this.encoding = encoding;
        this.node = node;
        this.authorizer = authorizer;
        this.renewals = renewals;
    }

    Identity get() {
        return identity;
    }

    /** Returns the client as the application sees it. */
    Caller caller() {
        Peer peer = transport.peer();
        return new Caller(
                client,
                identity.user(),
                peer.address(),
                transport.name(),
                encoding.name(),
                peer.headers(),
                claimedHeaders,
                identity.meta());
    }

    /**
     * Returns true if the selector means this client; {@code session} is the client's, empty for
     * none.
     */
    boolean isSelected(ClientSelector selector, String session) {
        return (selector.user().isEmpty() || identity.user().equals(selector.user()))
                && (selector.client().isEmpty() || client.equals(selector.client()))
                && (selector.session().isEmpty() || session.equals(selector.session()));
    }

    // Connecting.

    /** Sets the time in which the client must connect. */
    void awaitConnect() {
        deadline = Deadline.in(node.limits().connectTimeout(), node.uptime(), Disconnect.STALE);
    }

    /** Asks the policy and the application for the identity; {@code token} is empty for none. */
    CompletionStage<ConnectGrant> authenticate(String token, ConnectRequest request) {
        claimedHeaders = renewals.wantedHeaders(request.headers());
        return authorizer.connect(caller(), transport.peer().login(), token, request);
    }

    /** Takes the identity. If the client has ended meanwhile, tells the application. */
    void accept(Identity accepted) {
        identity = accepted;
        knownToApplication = true;
        tellEnd();
    }

    /** Returns true if the client may return to channels that its identity does not name. */
    boolean mayReturn(String token) {
        return identity.isAnonymous() || !token.isEmpty() || transport.peer().login() != null;
    }

    // Extending.

    /**
     * Completes with the identity of the token, which is that of the same user with the same
     * channels.
     */
    CompletionStage<Identity> refresh(String token) {
        if (token.isEmpty()) {
            throw Disconnect.badRequest("a refresh without a token");
        }
        return verified(node.access().identify(null, token), Disconnect.EXPIRED, Disconnect.INVALID_TOKEN)
                .thenApply(now -> {
                    Identity before = identity; // it may have changed while the token was verified
                    if (!now.user().equals(before.user())) {
                        throw Disconnect.INVALID_TOKEN.because(new Reason(
                                "other_user", "the token of a refresh must be for the user of the connection"));
                    }
                    if (!now.channels().keySet().equals(before.channels().keySet())) {
                        throw Disconnect.INSUFFICIENT_STATE.because(new Reason(
                                "other_channels", "the token of a refresh must name the channels of the first one"));
                    }
                    return renew(now.after(before));
                });
    }

    /**
     * Returns the identity for so many seconds from now, 0 for ever, with that info unless it is
     * null.
     */
    Identity extend(long ttl, @Nullable String info) {
        Identity extended = identity.holding(ttl, info);
        identity = extended;
        expireIn(ttl);
        return extended;
    }

    private Identity renew(Identity renewed) {
        identity = renewed;
        node.revocations().require(renewed);
        expireIn(renewed.ttl());
        return renewed;
    }

    /**
     * Returns the same stage, with those failures for a token that has expired and one that is
     * invalid.
     */
    static <T> CompletionStage<T> verified(CompletionStage<T> stage, Denial ifExpired, Denial ifInvalid) {
        return stage.exceptionallyCompose(failure -> {
            Throwable cause = Failure.cause(failure);
            boolean invalid = cause.equals(ClientError.UNAUTHORIZED) || cause.equals(ClientError.PERMISSION_DENIED);
            Denial denial = cause.equals(ClientError.TOKEN_EXPIRED) ? ifExpired : invalid ? ifInvalid : null;
            return CompletableFuture.failedStage(denial == null ? cause : denial.because(Reason.of(cause)));
        });
    }

    /** Sets the time after which the identity expires, in seconds from now; 0 for never. */
    void expireIn(long ttl) {
        deadline = ttl == 0 ? null : Deadline.in(renewals.connection(ttl), node.nanoTime(), Disconnect.EXPIRED);
    }

    // Ending.

    /**
     * Returns the reason to disconnect a client whose time is over, or null. If the application
     * renews connections, asks it; {@code onRenewal} receives the renewed identity.
     */
    @Nullable
    Disconnect overdue(Consumer<Identity> onRenewal) {
        Deadline current = deadline;
        if (current == null || !current.isOver()) {
            return null;
        }
        if (current.reason() != Disconnect.EXPIRED || !renewals.ofConnections()) {
            return current.reason();
        }
        deadline = null;
        renewals.connection(caller(), grant -> onRenewal.accept(renew(identity.renewed(grant))));
        return null;
    }

    /**
     * Tells the application that the client has ended, unless the application does not know the
     * client.
     */
    void ended(int code, String reason) {
        end = new End(code, reason);
        tellEnd();
    }

    private void tellEnd() {
        End last = end;
        if (knownToApplication && last != null && endTold.compareAndSet(false, true)) {
            node.application().disconnected(caller(), last.code, last.reason);
        }
    }
}
