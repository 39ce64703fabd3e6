package dev.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a process has taken of the machine up to now (proc(5)).
 *
 * @param cpu of all its threads, in the kernel and outside
 * @param bytes of memory that is really there
 */
record Footprint(Duration cpu, long bytes) {

    /** USER_HZ, which is 100 wherever Linux runs on what servers are made of. */
    private static final int TICK_MILLIS = 10;

    static Footprint of(long pid) throws IOException {
        Path folder = Path.of("/proc", String.valueOf(pid));
        return new Footprint(
                cpu(Files.readString(folder.resolve("stat"))), bytes(Files.readAllLines(folder.resolve("status"))));
    }

    /** The fields utime and stime; the command's name before them may hold spaces and brackets. */
    static Duration cpu(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" "); // from the third on
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
