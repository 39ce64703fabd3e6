package dev.switchboard.launcher.server;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * Lets the JVM return idle heap to the system, because many connections at once take several times
 * the memory that they need later.
 *
 * <p>It sets options of G1 that HotSpot can change while it runs. It changes no option that the
 * operator has set, and nothing in a JVM with another collector.
 */
final class Heap {

    /** Milliseconds without a collection after which G1 collects (JEP 346). */
    private static final String IDLE_COLLECTION = "G1PeriodicGCInterval";

    private static final String IDLE_MILLIS = "5000";

    /** The cause of such a collection. */
    private static final String IDLE = "G1 Periodic Collection";

    /**
     * So many collections for lack of memory in a row mean that the server is busy. A single one
     * may follow an idle collection at once.
     */
    private static final int BUSY = 2;

    /**
     * The lower and upper limit of free heap after marking, in percent. HotSpot refuses a lower
     * limit above the upper one.
     */
    private static final String LEAST_FREE = "MinHeapFreeRatio";

    private static final String MOST_FREE = "MaxHeapFreeRatio";

    /**
     * Since Java 20 marking counts as a collection of its own. It follows both kinds of collection,
     * so it tells nothing.
     */
    private static final String MARKING = "G1 Concurrent GC";

    private final HotSpotDiagnosticMXBean jvm;

    /** Collections for lack of memory since the last idle one; for the thread that notifies. */
    private int busyCollections;

    private Heap(HotSpotDiagnosticMXBean jvm) {
        this.jvm = jvm;
    }

    /** Starts, once for the JVM. */
    static void returnIdleMemory() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null && jvm.getVMOption("UseG1GC").getValue().equals("true")) {
            new Heap(jvm).start();
        }
    }

    private void start() {
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

    /** Sets the limits for the marking that follows some milliseconds later. */
    private void collected(Notification collection) {
        if (collection.getUserData() instanceof CompositeData data) {
            if (GarbageCollectionNotificationInfo.from(data).getGcCause().equals(IDLE)) {
                busyCollections = 0;
                shrink();
            } else if (++busyCollections == BUSY) {
                grow();
            }
        }
    }

    private void shrink() {
        jvm.setVMOption(LEAST_FREE, "10");
        jvm.setVMOption(MOST_FREE, "30");
    }

    /**
     * Lets the heap grow, because a small heap of a busy server is collected all the time. G1 also
     * marks all the time if 45 percent of the heap are alive.
     */
    private void grow() {
        jvm.setVMOption(MOST_FREE, "100");
        jvm.setVMOption(LEAST_FREE, "60");
    }

    private boolean isUnset(String option) {
        return jvm.getVMOption(option).getOrigin() == VMOption.Origin.DEFAULT;
    }
}
