package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.model.Explanation;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Prints what a client may do in a channel by the settings and the channel rules of this process.
 * It opens no port. The launcher finds this class by its name.
 */
public final class RulesExplanation implements Callable<Integer> {

    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int UNUSABLE = 2;

    /** The seconds that an endpoint with keys may take to answer. */
    private static final int TIMEOUT_SECONDS = 10;

    private final String channel;
    private final String user;
    private final String token;
    private final Function<String, @Nullable URL> pages;
    private final Map<String, String> parameters;

    /**
     * Explains the channel, or prints the rules if {@code channel} is empty. {@code user} and
     * {@code token} are empty for none. {@code pages} is as in {@link SettingsCheck}.
     */
    public RulesExplanation(String channel, String user, String token, Function<String, @Nullable URL> pages) {
        this(channel, user, token, pages, Map.of());
    }

    RulesExplanation(
            String channel,
            String user,
            String token,
            Function<String, @Nullable URL> pages,
            Map<String, String> parameters) {
        this.channel = channel;
        this.user = user;
        this.token = token;
        this.pages = pages;
        this.parameters = parameters;
    }

    /** Returns the exit code. */
    @Override
    public Integer call() throws Exception {
        Relay relay;
        try {
            Settings settings = Settings.read(parameters);
            URL shipped = Objects.requireNonNull(pages.apply(SettingsCheck.RULES));
            ChannelRules rules = RulesFile.read(settings.rules(), settings.messageBytes(), shipped);
            if (channel.isEmpty()) {
                System.out.print(text(settings.rules(), shipped));
                return DONE;
            }
            relay = new Relay(settings, rules);
        } catch (IllegalArgumentException wrong) {
            System.err.println("switchboard: " + wrong.getMessage());
            return UNUSABLE;
        }
        try {
            Explanation explanation = relay.access()
                    .explain(user, channel, token)
                    .toCompletableFuture()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            System.out.println(explanation.text());
            Explanation.Token seen = explanation.token();
            return seen == null || seen.isValid() ? DONE : REFUSED;
        } finally {
            relay.stop();
        }
    }

    private static String text(@Nullable Path file, URL shipped) throws IOException {
        if (file != null) {
            return Files.readString(file);
        }
        try (InputStream in = shipped.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
