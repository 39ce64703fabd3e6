package dev.switchboard.launcher;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * The heap of this JVM, of which a rush of connections takes several times what the connections need afterwards.
 *
 * <p>All of it is for G1, and by options that HotSpot lets be set while it runs. What the user has set stays as it is, and so does a JVM without such options.
 */
final class Heap {

    /** It collects after so many milliseconds without a collection (JEP 346). */
    private static final String IDLE_COLLECTION = "G1PeriodicGCInterval";

    private static final String IDLE_MILLIS = "5000";

    /** As the collector calls the reason. */
    private static final String IDLE = "G1 Periodic Collection";

    /** What is free beyond this many percent is given back when it marks what is alive; not below the other one. */
    private static final String MOST_FREE = "MaxHeapFreeRatio";

    private static final String LEAST_FREE = "MinHeapFreeRatio";
    private static final String LEAST = "10";
    private static final String MOST_WHEN_IDLE = "30";

    /** A busy heap that is kept small is collected, and marked, all the time. */
    private static final String MOST_WHEN_BUSY = "100";

    private final HotSpotDiagnosticMXBean jvm;

    private Heap(HotSpotDiagnosticMXBean jvm) {
        this.jvm = jvm;
    }

    /** From now on. */
    static void givesBackWhatIsIdle() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null) {
            new Heap(jvm).giveBackWhatIsIdle();
        }
    }

    private void giveBackWhatIsIdle() {
        boolean adjustable = isUnset(MOST_FREE) && isUnset(LEAST_FREE);
        set(IDLE_COLLECTION, IDLE_MILLIS);
        set(LEAST_FREE, LEAST);
        if (!adjustable) {
            return;
        }
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener((notification, nothing) -> collected(notification), null, null);
            }
        }
    }

    /** The mark that follows an idle collection comes some milliseconds later, and finds this. */
    private void collected(Notification notification) {
        if (notification.getUserData() instanceof CompositeData data) {
            boolean idle =
                    GarbageCollectionNotificationInfo.from(data).getGcCause().equals(IDLE);
            jvm.setVMOption(MOST_FREE, idle ? MOST_WHEN_IDLE : MOST_WHEN_BUSY);
        }
    }

    private boolean isUnset(String option) {
        try {
            return jvm.getVMOption(option).getOrigin() == VMOption.Origin.DEFAULT;
        } catch (IllegalArgumentException unknown) {
            return false;
        }
    }

    private void set(String option, String value) {
        if (isUnset(option)) {
            jvm.setVMOption(option, value);
        }
    }
}
