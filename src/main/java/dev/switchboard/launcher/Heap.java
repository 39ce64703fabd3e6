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
 * <p>All of it is for G1, and by options that HotSpot lets be set while it runs. What the user has set stays as it is, and so does a JVM with another collector.
 */
final class Heap {

    /** It collects after so many milliseconds without a collection (JEP 346). */
    private static final String IDLE_COLLECTION = "G1PeriodicGCInterval";

    private static final String IDLE_MILLIS = "5000";

    /** As the collector calls the reason. */
    private static final String IDLE = "G1 Periodic Collection";

    /** One collection for want of room may follow an idle one at once; so many in a row mean that there is work. */
    private static final int BUSY = 2;

    /** Between these percents of the heap are free when it has marked what is alive; the smaller one is never above the other. */
    private static final String LEAST_FREE = "MinHeapFreeRatio";

    private static final String MOST_FREE = "MaxHeapFreeRatio";

    /** Since Java 20 the marking counts as a collection of its own; it follows one of either kind, and says nothing. */
    private static final String MARKING = "G1 Concurrent GC";

    private final HotSpotDiagnosticMXBean jvm;
    private int wants; // collections for want of room since the last idle one; of the thread that notifies

    private Heap(HotSpotDiagnosticMXBean jvm) {
        this.jvm = jvm;
    }

    /** From now on. */
    static void givesBackWhatIsIdle() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null && jvm.getVMOption("UseG1GC").getValue().equals("true")) {
            new Heap(jvm).giveBackWhatIsIdle();
        }
    }

    private void giveBackWhatIsIdle() {
        if (isUnset(IDLE_COLLECTION)) {
            jvm.setVMOption(IDLE_COLLECTION, IDLE_MILLIS);
        }
        if (isUnset(LEAST_FREE) && isUnset(MOST_FREE)) {
            shrink();
            for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
                if (collector instanceof NotificationEmitter emitter
                        && !collector.getName().equals(MARKING)) {
                    emitter.addNotificationListener((collection, nothing) -> collected(collection), null, null);
                }
            }
        }
    }

    /** The mark that follows a collection comes some milliseconds later, and finds what was set. */
    private void collected(Notification collection) {
        if (collection.getUserData() instanceof CompositeData data) {
            if (GarbageCollectionNotificationInfo.from(data).getGcCause().equals(IDLE)) {
                wants = 0;
                shrink();
            } else if (++wants == BUSY) {
                grow();
            }
        }
    }

    private void shrink() {
        jvm.setVMOption(LEAST_FREE, "10");
        jvm.setVMOption(MOST_FREE, "30");
    }

    /** A busy heap that is small is collected all the time, and marked all the time if 45 percent of it are alive. */
    private void grow() {
        jvm.setVMOption(MOST_FREE, "100");
        jvm.setVMOption(LEAST_FREE, "60");
    }

    private boolean isUnset(String option) {
        return jvm.getVMOption(option).getOrigin() == VMOption.Origin.DEFAULT;
    }
}
