package dev.switchboard.protocol;

import dev.switchboard.model.Frame;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** JsonLines splits a message into lines. Each line is a command, and blank lines are skipped. */
final class JsonLines implements Iterator<EncodedCommand> {

    private static final String PONG = "{}";

    private final String text;
    private int from; // the first character of the next line that is not blank, or the end

    JsonLines(String text) {
        this.text = text;
        skipBlank();
    }

    private void skipBlank() {
        while (from < text.length() && " \t\r\n".indexOf(text.charAt(from)) >= 0) {
            from++;
        }
    }

    @Override
    public boolean hasNext() {
        return from < text.length();
    }

    @Override
    public EncodedCommand next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int newline = text.indexOf('\n', from);
        Line next = new Line(text, from, newline < 0 ? text.length() : newline);
        from = next.end;
        skipBlank();
        return next;
    }

    private record Line(String text, int from, int end) implements EncodedCommand {

        @Override
        public int size() {
            return Frame.utf8Size(text.substring(from, end));
        }

        @Override
        public boolean isPong() {
            return text.startsWith(PONG, from)
                    && text.substring(from + PONG.length(), end).isBlank();
        }

        @Override
        public Command read() {
            return JsonInput.read(text, from, end, json -> new JsonCommand(json).read());
        }
    }
}
