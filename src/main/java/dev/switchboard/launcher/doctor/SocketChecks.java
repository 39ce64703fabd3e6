package dev.switchboard.launcher.doctor;

import static dev.switchboard.launcher.doctor.Finding.fault;
import static dev.switchboard.launcher.doctor.Finding.ok;
import static dev.switchboard.launcher.doctor.Finding.unknown;

import dev.switchboard.json.JsonObject;
import dev.switchboard.launcher.doctor.CheckedSocket.End;
import java.io.IOException;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks what passes by WebSocket. */
final class SocketChecks {

    private static final String UPGRADE = "upgrade";
    private static final String ORIGIN = "origin";
    private static final String MESSAGE = "message";
    private static final String SIZE = "size";
    private static final String IDLE = "idle";
    private static final String CLOSE = "close";

    /** Bytes of the data. A command of the largest has less than 64 KiB, the default limit. */
    private static final int[] SIZES = {4_000, 16_000, 65_000};

    private static final int MESSAGE_TOO_BIG = 1009;
    private static final int INVALID_TOKEN = 3500;
    private static final int BAD_REQUEST = 3501;
    private static final int UNAUTHORIZED = 101;

    private static final String ERROR = "error ";

    /** Nanoseconds of a second, less what two clocks may differ by. */
    private static final long ALMOST_A_SECOND = 950_000_000;

    /** The id of the command that publishes the first time. */
    private static final int FIRST_PUBLISH = 3;

    private final Site site;
    private final Consumer<Finding> report;

    SocketChecks(Site site, Consumer<Finding> report) {
        this.site = site;
        this.report = report;
    }

    void run() throws InterruptedException {
        Finding upgrade = upgrade();
        report.accept(upgrade);
        if (upgrade.verdict() != Verdict.OK) {
            report.accept(unknown(
                    MESSAGE,
                    "without a WebSocket, doctor checks neither origins, messages, idle times nor close codes"));
            return;
        }
        report.accept(ownOrigin());
        if (!site.origin().isEmpty()) {
            report.accept(otherOrigin());
        }
        if (messages()) {
            report.accept(idle());
        }
        report.accept(closeCode());
    }

    private Finding upgrade() {
        try {
            CheckedSocket.open(site, "").close();
            return ok(UPGRADE, "HTTP 101; a WebSocket opens");
        } catch (WebSocketHandshakeException refused) {
            return refusal(refused.getResponse().statusCode());
        } catch (IOException failure) {
            return fault(
                    UPGRADE,
                    failure.getMessage() + "; the request for a WebSocket does not arrive, though others do",
                    Cure.UPGRADE);
        }
    }

    private Finding refusal(int status) {
        return switch (status) {
            case 101, 400, 426 ->
                fault(
                        UPGRADE,
                        "HTTP " + status + " and no WebSocket: a proxy drops the headers Upgrade and Connection",
                        Cure.UPGRADE);
            default -> Refusal.of(UPGRADE, status, "and no WebSocket", site.socket(), Cure.UPGRADE);
        };
    }

    private Finding ownOrigin() {
        String own = site.ownOrigin();
        return origin(
                own,
                "its own pages are refused, because a proxy changes Host or names another scheme in X-Forwarded-Proto;"
                        + " switchboard.origins=" + own + " allows them as well",
                Cure.HOST);
    }

    private Finding otherOrigin() {
        return origin(site.origin(), "its pages are refused; switchboard.origins=" + site.origin() + " allows them");
    }

    private Finding origin(String origin, String refusal, Cure... cures) {
        try {
            CheckedSocket.open(site, origin).close();
            return ok(ORIGIN, origin + ": its pages may connect");
        } catch (WebSocketHandshakeException refused) {
            int status = refused.getResponse().statusCode();
            return status == 403
                    ? fault(ORIGIN, origin + ": HTTP 403; " + refusal, cures)
                    : fault(ORIGIN, origin + ": HTTP " + status + " instead of 101");
        } catch (IOException failure) {
            return fault(ORIGIN, origin + ": " + failure.getMessage());
        }
    }

    /** Checks messages and their sizes on one connection. Returns whether messages pass. */
    private boolean messages() throws InterruptedException {
        try (CheckedSocket socket = CheckedSocket.open(site, "")) {
            String connected = ask(socket, site.connectCommand(), 1);
            Finding refused = refused(MESSAGE, connected, socket, "connect");
            if (refused == null) {
                String subscribed = ask(socket, site.subscribeCommand(2), 2);
                refused = refused(MESSAGE, subscribed, socket, "subscribe to " + site.channel());
            }
            if (refused != null) {
                report.accept(refused);
                return false;
            }
            Finding message = message(socket);
            report.accept(message);
            if (message.verdict() != Verdict.OK) {
                return false;
            }
            report.accept(size(socket));
            return true;
        } catch (IOException failure) {
            report.accept(fault(MESSAGE, "a second WebSocket does not open: " + failure.getMessage()));
            return false;
        }
    }

    /** Checks quiet times on a connection of its own, which is in no channel, so that no publication comes. */
    private Finding idle() throws InterruptedException {
        try (CheckedSocket socket = CheckedSocket.open(site, "")) {
            String connected = ask(socket, site.connectCommand(), 1);
            Finding refused = refused(IDLE, connected, socket, "connect");
            return refused == null ? idle(socket, pingSeconds(connected)) : refused;
        } catch (IOException failure) {
            return fault(IDLE, "a further WebSocket does not open: " + failure.getMessage());
        }
    }

    private @Nullable String ask(CheckedSocket socket, String command, int id) throws InterruptedException {
        socket.send(command);
        return socket.await(line -> isReply(line, id), site.patience());
    }

    private static boolean isReply(String line, int id) {
        return line.startsWith("{\"id\":" + id + ",");
    }

    /** Returns the finding if the relay refuses a command, and null if it accepts the command. */
    private @Nullable Finding refused(String check, @Nullable String reply, CheckedSocket socket, String what) {
        End end = socket.end();
        if (reply == null && end != null && end.code() == INVALID_TOKEN) {
            return site.token().isEmpty()
                    ? unknown(check, "the relay wants a token; --token brings one")
                    : fault(
                            check,
                            "the relay refuses the token: " + end.code() + " " + end.reason()
                                    + "; token --check says why");
        }
        if (reply == null) {
            return end == null
                    ? noAnswer(check, what)
                    : fault(check, "the connection ended " + end + " after the command to " + what);
        }
        JsonObject error = JsonObject.of(reply).object("error");
        if (error == null) {
            return null;
        }
        long code = error.number("code");
        return unknown(
                check,
                "the relay refuses to " + what + ": " + code + " " + error.text("message")
                        + (code == UNAUTHORIZED
                                ? "; --token brings a token"
                                : "; --channel names another channel, and --token brings other rights"));
    }

    private Finding noAnswer(String check, String what) {
        return fault(
                check,
                "no answer to the command to " + what + " within "
                        + millis(site.patience().toNanos()) + ": the WebSocket opens, but its messages do not pass");
    }

    private Finding message(CheckedSocket socket) throws InterruptedException {
        long sent = System.nanoTime();
        String refusal = publish(socket, FIRST_PUBLISH, 10);
        long time = System.nanoTime() - sent;
        if (refusal == null) {
            return ok(MESSAGE, "there and back in " + millis(time));
        }
        return refusal.startsWith(ERROR)
                ? unknown(
                        MESSAGE,
                        "the relay refuses to publish in " + site.channel() + ": " + refusal
                                + "; --channel names another channel, and --token brings other rights")
                : fault(MESSAGE, "the message does not come back: " + refusal);
    }

    /** Publishes so many bytes. Returns null if they come back, else what came instead. */
    private @Nullable String publish(CheckedSocket socket, int id, int bytes) throws InterruptedException {
        String data = "\"" + id + " " + "x".repeat(bytes) + "\"";
        socket.send(site.publishCommand(id, data));
        String line = socket.await(
                each -> each.contains("\"pub\":") && each.contains(data)
                        || isReply(each, id) && each.contains("\"error\":"),
                site.patience());
        if (line == null) {
            End end = socket.end();
            return end == null ? "no answer" : "the connection ended " + end;
        }
        JsonObject error = isReply(line, id) ? JsonObject.of(line).object("error") : null;
        return error == null ? null : ERROR + error.number("code") + " " + error.text("message");
    }

    private Finding size(CheckedSocket socket) throws InterruptedException {
        int passed = 10;
        int id = FIRST_PUBLISH;
        for (int size : SIZES) {
            String refusal = publish(socket, ++id, size);
            if (refusal != null) {
                End end = socket.end();
                String seen = "a message of " + size + " bytes does not pass, one of " + passed + " does: " + refusal;
                return end != null && end.code() == MESSAGE_TOO_BIG || refusal.startsWith(ERROR)
                        ? unknown(SIZE, seen + "; this is the limit of the relay, switchboard.message.bytes")
                        : fault(SIZE, seen + "; a proxy limits messages or takes too long for them");
            }
            passed = size;
        }
        return ok(SIZE, "messages of up to " + passed + " bytes pass");
    }

    private static long pingSeconds(@Nullable String connected) {
        JsonObject result = connected == null ? null : JsonObject.of(connected).object("connect");
        return result == null ? 0 : result.number("ping");
    }

    /**
     * Holds the connection quiet until it ends or the time is over, or for the whole time between
     * two pings. The relay sends the first ping sooner.
     */
    private Finding idle(CheckedSocket socket, long pingSeconds) throws InterruptedException {
        long begin = System.nanoTime();
        long longest = 0;
        for (long quietSince = begin; ; quietSince = System.nanoTime()) {
            Duration left = site.idle().minusNanos(System.nanoTime() - begin);
            String ping = left.isNegative() ? null : socket.await(CheckedSocket.PING::equals, left);
            long quiet = System.nanoTime() - quietSince;
            longest = Math.max(longest, quiet);
            End end = socket.end();
            if (end != null) {
                return fault(
                        IDLE,
                        "a connection that was quiet for " + millis(quiet) + " ended " + end
                                + ", before the ping that the relay sends each " + pingSeconds
                                + " s; switchboard.ping.interval must be below the timeout of each proxy",
                        Cure.IDLE);
            }
            if (ping == null) {
                return unknown(
                        IDLE,
                        "a connection stays open that is quiet for " + millis(longest) + "; " + hint(pingSeconds));
            }
            if (quiet >= pingSeconds * ALMOST_A_SECOND) {
                return ok(
                        IDLE,
                        "a connection stays open from ping to ping, which is " + millis(quiet)
                                + "; longer timeouts of proxies never come about");
            }
            socket.send(CheckedSocket.PING);
        }
    }

    private static String hint(long pingSeconds) {
        return pingSeconds == 0
                ? "the relay sends no pings, so each timeout of a proxy counts"
                : "the relay sends a ping each " + pingSeconds + " s, and --idle " + (2 * pingSeconds + 5)
                        + "s waits for two of them";
    }

    /** Makes the relay end a connection, and compares the code that arrives. */
    private Finding closeCode() throws InterruptedException {
        try (CheckedSocket socket = CheckedSocket.open(site, "")) {
            socket.send("this is no command");
            End end = socket.awaitEnd();
            if (end != null && end.code() == BAD_REQUEST) {
                return ok(CLOSE, "the code of the relay arrives: " + end.code());
            }
            return end == null
                    ? fault(CLOSE, "the relay ends the connection with " + BAD_REQUEST + ", and nothing arrives")
                    : fault(
                            CLOSE,
                            "the relay ends the connection with " + BAD_REQUEST + ", but here it ended " + end
                                    + "; libraries then connect again where they should not");
        } catch (IOException failure) {
            return fault(CLOSE, "a further WebSocket does not open: " + failure.getMessage());
        }
    }

    private static String millis(long nanos) {
        return nanos / 1_000_000 + " ms";
    }
}
