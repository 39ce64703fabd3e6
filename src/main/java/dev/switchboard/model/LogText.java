package dev.switchboard.model;

/** Foreign text on its way into a log line. */
public final class LogText {

    private LogText() {}

    /** Longer than any channel name that is allowed. */
    private static final int MAX_LENGTH = 256;

    /**
     * The text in double quotes, with all that could end the line, colour the terminal or turn the reading direction as a Java escape, and
     * cut where no honest text goes on.
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

    private static void escape(int codePoint, StringBuilder into) {
        for (char unit : Character.toChars(codePoint)) {
            into.append(String.format("\\u%04x", (int) unit));
        }
    }
}
