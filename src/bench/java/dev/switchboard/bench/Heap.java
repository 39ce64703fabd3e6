package dev.switchboard.bench;

import java.util.List;

/**
 * The live objects of a heap, in bytes.
 *
 * @param own the objects of the relay's own classes, without the objects that they refer to
 */
record Heap(long all, long own) {

    /** Reads the output of {@code jcmd GC.class_histogram}. */
    static Heap of(List<String> histogram) {
        long all = 0;
        long own = 0;
        for (String line : histogram) {
            String[] cells = line.strip().split("\\s+");
            if (cells.length >= 3 && cells[0].equals("Total")) {
                all = Long.parseLong(cells[2]);
            } else if (cells.length >= 4 && cells[3].startsWith("dev.switchboard.")) {
                own += Long.parseLong(cells[2]);
            }
        }
        if (all == 0) {
            throw new IllegalArgumentException("no histogram: " + String.join(" ", histogram));
        }
        return new Heap(all, own);
    }
}
