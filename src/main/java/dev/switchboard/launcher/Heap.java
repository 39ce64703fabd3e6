package dev.switchboard.launcher;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.List;

/** The heap of this JVM, of which a rush of connections takes several times what the connections need afterwards. */
final class Heap {

    private record Option(String name, String value) {}

    /** G1 collects after so many milliseconds without a collection (JEP 346), and gives back what is free beyond these percents, the smaller one first. */
    private static final List<Option> OPTIONS = List.of(
            new Option("G1PeriodicGCInterval", "5000"),
            new Option("MinHeapFreeRatio", "10"),
            new Option("MaxHeapFreeRatio", "30"));

    private Heap() {}

    /** From now on. What the user has set stays as it is, and so does a JVM without such options. */
    static void givesBackWhatIsIdle() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null) {
            OPTIONS.forEach(option -> set(jvm, option));
        }
    }

    private static void set(HotSpotDiagnosticMXBean jvm, Option option) {
        try {
            if (jvm.getVMOption(option.name()).getOrigin() == VMOption.Origin.DEFAULT) {
                jvm.setVMOption(option.name(), option.value());
            }
        } catch (IllegalArgumentException unknown) {
            // this JVM has another way
        }
    }
}
