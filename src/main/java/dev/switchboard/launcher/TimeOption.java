package dev.switchboard.launcher;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a time from the command line, such as 30s, 5m, 1h or 1d. */
final class TimeOption {

    private static final Pattern TIME = Pattern.compile("([1-9]\\d{0,8})([smhd])");

    private TimeOption() {}

    /** {@code option} is the name for the error. */
    static Duration parse(String option, String text) throws CommandException {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            throw new CommandException(option + " must be a time such as 30s, 5m, 1h or 1d");
        }
        long count = Long.parseLong(time.group(1));
        return switch (time.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}
