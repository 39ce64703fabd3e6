package dev.switchboard.model;

/** Makes text that comes from outside safe for a log line. */
public final class LogText {

    private LogText() {}

    /** In code points; a channel name that is allowed is shorter. */
    private static final int MAX_LENGTH = 256;

    /**
     * Returns the text in double quotes, cut after 256 code points. Characters that end a line,
     * colour a terminal or change the reading direction become Java escapes.
     */
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder().append('"');
        text.codePoints().limit(MAX_LENGTH).forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR -> escape(c, quoted);
                default -> {
                    if (c == '"' || c == '\\') {
                        quoted.append('\\');
                    }
                    quoted.appendCodePoint(c);
                }
            }
        });
        return quoted.append(text.codePointCount(0, text.length()) > MAX_LENGTH ? "…\"" : "\"")
                .toString();
    }

    /** Returns the text, cut after 256 code points. */
    static String cut(String text) {
        return text.codePointCount(0, text.length()) > MAX_LENGTH
                ? text.substring(0, text.offsetByCodePoints(0, MAX_LENGTH)) + "…"
                : text;
    }

    private static void escape(int codePoint, StringBuilder into) {
        for (char unit : Character.toChars(codePoint)) {
            into.append(String.format("\\u%04x", (int) unit));
        }
    }
}
