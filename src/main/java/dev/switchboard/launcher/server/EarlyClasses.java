package dev.switchboard.launcher.server;

import java.lang.management.ManagementFactory;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import javax.crypto.Mac;
import javax.management.MBeanServer;
import org.xnio.channels.Channels;
import org.xnio.conduits.Conduits;

/**
 * Initializes the classes that open a file when they are first used.
 *
 * <p>A class that failed to initialize is unusable until the JVM ends. Without this, a server that
 * has no file descriptor left at the first use would never recover.
 */
final class EarlyClasses {

    private EarlyClasses() {}

    static void initialize() {
        try {
            for (Class<?> opensDevNull : List.of(Channels.class, Conduits.class)) {
                Class.forName(opensDevNull.getName(), true, opensDevNull.getClassLoader());
            }
            ZonedDateTime unusedTime = ZonedDateTime.now(ZoneId.systemDefault()); // the time zones, for the log
            MBeanServer unusedBeans = ManagementFactory.getPlatformMBeanServer(); // a library of the JDK, for metrics
            Mac unusedMac = Mac.getInstance("HmacSHA256"); // the policy of cryptography, for tokens
        } catch (ClassNotFoundException | NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }
}
