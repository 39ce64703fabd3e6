package dev.switchboard.launcher.doctor;

import java.util.Set;

/**
 * Holds what one check has found.
 *
 * @param check the name of the check, one word
 * @param text what was seen and what it means; it may quote the server
 * @param cures what the operator of a proxy can do
 */
public record Finding(String check, Verdict verdict, String text, Set<Cure> cures) {

    static Finding ok(String check, String text) {
        return new Finding(check, Verdict.OK, text, Set.of());
    }

    static Finding fault(String check, String text, Cure... cures) {
        return new Finding(check, Verdict.FAULT, text, Set.of(cures));
    }

    static Finding unknown(String check, String text) {
        return new Finding(check, Verdict.UNKNOWN, text, Set.of());
    }
}
