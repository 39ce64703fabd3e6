package dev.switchboard.launcher.doctor;

import static dev.switchboard.launcher.doctor.Finding.fault;

import java.net.URI;

/** Says what the status of an answer means that refuses a connection or a command. */
final class Refusal {

    private Refusal() {}

    /**
     * {@code what} says what did not come and stands behind the status. The cures are those of a
     * proxy that answers itself.
     */
    static Finding of(String check, int status, String what, URI at, Cure... cures) {
        String seen = "HTTP " + status + " " + what + ": ";
        return switch (status) {
            case 401, 403, 407 ->
                fault(check, seen + "a proxy or a firewall refuses it; the relay asks no native client for an origin");
            case 404 -> fault(check, seen + "a proxy does not pass " + at.getPath() + " on");
            case 421 ->
                fault(
                        check,
                        seen + "the relay does not know this name; switchboard.hosts=" + at.getHost() + " allows it");
            case 429, 503 -> fault(check, seen + "the relay stops or is full; its log names the limit");
            case 502, 504 -> fault(check, seen + "a proxy cannot reach the relay for it", cures);
            default -> fault(check, seen + "something before the relay answers", cures);
        };
    }
}
