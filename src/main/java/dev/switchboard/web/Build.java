package dev.switchboard.web;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Names the version and the commit of the relay; "unknown" if the build did not know them. */
record Build(String version, String commit) {

    /** The build of this relay. */
    static final Build OWN = read();

    private static final String UNKNOWN = "unknown";

    private static Build read() {
        Properties properties = new Properties();
        try (InputStream file = Build.class.getResourceAsStream("build.properties")) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException unreadable) {
            // as if there were no file
        }
        return new Build(value("version", properties), value("commit", properties));
    }

    private static String value(String name, Properties from) {
        String value = from.getProperty(name, "").strip();
        return value.isEmpty() || value.startsWith("$") ? UNKNOWN : value;
    }
}
