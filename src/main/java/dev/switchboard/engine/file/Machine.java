package dev.switchboard.engine.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToLongFunction;

/**
 * Tells whether a log was written on this machine since it has started, and not copied.
 *
 * @param boot a name for the time since the machine has started, empty if the system has none
 * @param identity the number of a file on its disk, which a copy does not have; 0 if the system has none
 */
record Machine(String boot, ToLongFunction<Path> identity) {

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    static Machine here() {
        return new Machine(readBoot(), Machine::inode);
    }

    private static String readBoot() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException unknown) {
            return "";
        }
    }

    private static long inode(Path file) {
        try {
            return Files.getAttribute(file, "unix:ino") instanceof Number inode ? inode.longValue() : 0;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
            return 0;
        }
    }

    /** Returns whether the machine has not started again since it had that name. */
    boolean isSameBoot(String name) {
        return !boot.isEmpty() && boot.equals(name);
    }
}
