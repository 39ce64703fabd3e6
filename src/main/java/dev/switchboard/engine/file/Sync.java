package dev.switchboard.engine.file;

/** When a log flushes to the disk what it recorded. All of them keep what was recorded when the process is killed. */
public enum Sync {
    /** Before a publication is told or answered: a power cut loses nothing that was answered. */
    ALWAYS,
    /** Once a second: a power cut loses the last second, and the epochs change. */
    INTERVAL,
    /** When the operating system does: a power cut loses more, and the epochs change. */
    OS
}
