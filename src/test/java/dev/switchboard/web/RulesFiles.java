package dev.switchboard.web;

import dev.switchboard.access.ChannelRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads rules for tests of other packages. */
public final class RulesFiles {

    private RulesFiles() {}

    public static ChannelRules read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return RulesFile.read(in, 65_536);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
