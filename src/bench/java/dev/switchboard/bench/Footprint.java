package dev.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The resources that a process has used up to now (proc(5)).
 *
 * @param cpu the CPU time of all threads, in user and kernel mode
 * @param bytes the resident memory
 */
record Footprint(Duration cpu, long bytes) {

    /** One tick of USER_HZ, which is 100 on all usual machines with Linux. */
    private static final int TICK_MILLIS = 10;

    static final Footprint NONE = new Footprint(Duration.ZERO, 0);

    Footprint plus(Footprint other) {
        return new Footprint(cpu.plus(other.cpu), bytes + other.bytes);
    }

    static Footprint of(long pid) throws IOException {
        Path folder = Path.of("/proc", String.valueOf(pid));
        return new Footprint(
                cpu(Files.readString(folder.resolve("stat"))), bytes(Files.readAllLines(folder.resolve("status"))));
    }

    /**
     * Returns the sum of the fields utime and stime. The command's name before them may contain
     * spaces and brackets.
     */
    static Duration cpu(String stat) {
        // Begins with the third field.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Duration.ofMillis((Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MILLIS);
    }

    static long bytes(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]) * 1024)
                .findFirst()
                .orElseThrow();
    }
}
