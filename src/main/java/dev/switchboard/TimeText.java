package dev.switchboard;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times as operators write them. */
public final class TimeText {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private static final Map<String, ChronoUnit> UNITS =
            Map.of("ms", ChronoUnit.MILLIS, "s", ChronoUnit.SECONDS, "m", ChronoUnit.MINUTES, "h", ChronoUnit.HOURS);

    /** The longest time, which a counter of nanoseconds can hold. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private TimeText() {}

    /**
     * Returns a time above zero from a text such as {@code 500ms}, {@code 10s}, {@code 5m} or
     * {@code 1h}.
     *
     * @throws IllegalArgumentException if the text is no such time, or longer than a year
     */
    public static Duration parse(String text) {
        Matcher matcher = DURATION.matcher(text);
        Duration duration = matcher.matches()
                ? Duration.of(Long.parseLong(matcher.group(1)), UNITS.get(matcher.group(2)))
                : Duration.ZERO;
        if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "must be a time above zero and up to 8760h, such as 500ms, 10s, 5m or 1h");
        }
        return duration;
    }
}
