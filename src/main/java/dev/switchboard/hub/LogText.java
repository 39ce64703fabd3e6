package dev.switchboard.hub;

/** Foreign text on its way into a log line. */
final class LogText {

    private LogText() {}

    /** The text in double quotes, with all that could end the line, colour the terminal or turn the reading direction as a Java escape. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        text.codePoints().forEach(c -> {
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
        return quoted.append('"').toString();
    }

    private static void escape(int codePoint, StringBuilder into) {
        for (char unit : Character.toChars(codePoint)) {
            into.append(String.format("\\u%04x", (int) unit));
        }
    }
}
