package dev.switchboard.bench;

import java.util.List;

/**
 * What is alive in a heap, in bytes.
 *
 * @param own objects of the relay's own classes, without what they hold
 */
record Heap(long all, long own) {

    /** From what {@code jcmd GC.class_histogram} says. */
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
