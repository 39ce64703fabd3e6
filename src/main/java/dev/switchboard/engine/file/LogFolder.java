package dev.switchboard.engine.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder of a log, which one process uses at a time. */
final class LogFolder implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LogFolder.class.getName());

    private static final String PREFIX = "segment-";
    private static final String SUFFIX = ".log";

    /** A process that is being stopped may need this long to let the folder go. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration ASK_AGAIN = Duration.ofMillis(100);

    /** Payloads lie in the folder as they were sent. Without effect where the system has no such rights. */
    private static final FileAttribute<?>[] OWNER_ONLY =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                    }
                    : new FileAttribute<?>[0];

    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;

    private LogFolder(Path folder, FileChannel lockFile, FileLock lock) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Makes the folder if there is none, and locks it; may block for ten seconds.
     *
     * @throws IllegalArgumentException if the folder cannot be used, or another process uses it
     */
    static LogFolder open(Path folder) {
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder, OWNER_ONLY);
            }
            FileChannel file =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = lock(file);
            if (lock == null) {
                file.close();
                throw new IllegalArgumentException("another relay uses this folder");
            }
            return new LogFolder(folder, file, lock);
        } catch (IOException failure) {
            throw new IllegalArgumentException("the folder cannot be used: " + failure);
        }
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        do {
            try {
                FileLock lock = file.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException sameProcess) { // asks again
            }
            LockSupport.parkNanos(ASK_AGAIN.toNanos());
        } while (System.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted());
        return null;
    }

    /** Deletes the file, or logs that it stays. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.DEBUG, "cannot delete " + file, failure);
        }
    }

    /** Returns the segments by their numbers. */
    NavigableMap<Long, Path> segments() {
        NavigableMap<Long, Path> segments = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                String name = file.getFileName().toString();
                if (name.matches(PREFIX + "[0-9a-f]{16}" + SUFFIX)) {
                    segments.put(HexFormat.fromHexDigitsToLong(name, PREFIX.length(), PREFIX.length() + 16), file);
                }
            });
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return segments;
    }

    Path segment(long sequence) {
        return folder.resolve(PREFIX + HexFormat.of().toHexDigits(sequence) + SUFFIX);
    }

    @Override
    public String toString() {
        return folder.toString();
    }

    @Override
    public void close() {
        try (lockFile) {
            lock.release();
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.DEBUG, "cannot release " + folder, failure);
        }
    }
}
