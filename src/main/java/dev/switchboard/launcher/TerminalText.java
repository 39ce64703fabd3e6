package dev.switchboard.launcher;

import java.util.stream.Collectors;

/** Escapes foreign text for a terminal. */
final class TerminalText {

    private TerminalText() {}

    /** Returns the text on one line, with escapes for all control characters but tabs. */
    static String escaped(String text) {
        return text.codePoints()
                .mapToObj(c ->
                        Character.isISOControl(c) && c != '\t' ? String.format("\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining());
    }
}
