package dev.switchboard.engine.file;

import java.util.Comparator;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Holds where the publications of one stream are in the files of a log, oldest first.
 *
 * <p>A log has millions of publications, and most of them are not needed. So a place is four numbers
 * in an array, not an object. For one thread; when all is added, any number of threads may read.
 */
final class Places {

    private static final int NUMBERS = 4; // of one place: offset, left, file and from, size and begin

    private long[] numbers = new long[NUMBERS];
    private int first;
    private int end;
    private long goneTo; // publications up to this offset are removed
    private boolean disordered;

    /**
     * Adds a publication.
     *
     * @param left the time for which its stream keeps it, in milliseconds
     * @param file the number of its file
     * @param from place of its record in the file, in bytes
     * @param size bytes of the record up to the end of the publication
     * @param begin place of the publication in the record
     */
    void add(long offset, long left, int file, int from, int size, int begin) {
        disordered |= end > first && Long.compareUnsigned(offset(end - 1), offset) >= 0;
        int at = NUMBERS * end;
        if (at == numbers.length) {
            at = makeRoom();
        }
        numbers[at] = offset;
        numbers[at + 1] = left;
        numbers[at + 2] = pair(file, from);
        numbers[at + 3] = pair(size, begin);
        end++;
    }

    /** Moves the places to the beginning of an array with room, and returns the place of the next one. */
    private int makeRoom() {
        int length = NUMBERS * (end - first);
        long[] room = first > end / 2 ? numbers : new long[2 * numbers.length];
        System.arraycopy(numbers, NUMBERS * first, room, 0, length);
        numbers = room;
        end -= first;
        first = 0;
        return length;
    }

    /** Removes the publications up to the offset. */
    void remove(long offset) {
        goneTo = Long.compareUnsigned(offset, goneTo) > 0 ? offset : goneTo;
        while (first < end && isGone(first)) {
            first++;
        }
    }

    private boolean isGone(int place) {
        return Long.compareUnsigned(offset(place), goneTo) <= 0;
    }

    /** Gives the places in the order of their offsets. What was copied is behind newer publications, or comes twice. */
    void forEach(IntConsumer consumer) {
        if (!disordered) {
            IntStream.range(first, end).forEach(consumer);
            return;
        }
        Integer[] sorted = IntStream.range(first, end)
                .filter(place -> !isGone(place))
                .boxed()
                .sorted(Comparator.comparing(this::offset, Long::compareUnsigned))
                .toArray(Integer[]::new);
        for (int i = 0; i < sorted.length; i++) {
            if (i == sorted.length - 1 || offset(sorted[i]) != offset(sorted[i + 1])) {
                consumer.accept(sorted[i]);
            }
        }
    }

    /** Returns how many places there are at most. */
    int count() {
        return end - first;
    }

    /** Returns the size of the largest record. */
    int largest() {
        return IntStream.range(first, end).map(this::size).max().orElse(0);
    }

    long offset(int place) {
        return numbers[NUMBERS * place];
    }

    long left(int place) {
        return numbers[NUMBERS * place + 1];
    }

    int file(int place) {
        return high(numbers[NUMBERS * place + 2]);
    }

    int from(int place) {
        return low(numbers[NUMBERS * place + 2]);
    }

    int size(int place) {
        return high(numbers[NUMBERS * place + 3]);
    }

    int begin(int place) {
        return low(numbers[NUMBERS * place + 3]);
    }

    private static long pair(int high, int low) {
        return (long) high << Integer.SIZE | low;
    }

    private static int high(long pair) {
        return (int) (pair >>> Integer.SIZE);
    }

    private static int low(long pair) {
        return (int) pair;
    }
}
