package dev.switchboard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Makes random values of one kind; the same random numbers give the same value. */
@FunctionalInterface
public interface Generator<T> {

    T next(Random random);

    default <R> Generator<R> map(Function<T, R> function) {
        return random -> function.apply(next(random));
    }

    /** Makes lists with {@code min} to {@code max} of these values. */
    default Generator<List<T>> lists(int min, int max) {
        return random -> {
            List<T> list = new ArrayList<>();
            for (int left = random.nextInt(min, max + 1); left > 0; left--) {
                list.add(next(random));
            }
            return list;
        };
    }

    /** Makes whole numbers from {@code min} to {@code max}, both included. */
    static Generator<Integer> numbers(int min, int max) {
        return random -> random.nextInt(min, max + 1);
    }

    @SafeVarargs
    static <T> Generator<T> of(T... values) {
        return of(List.of(values));
    }

    static <T> Generator<T> of(Collection<T> values) {
        List<T> list = List.copyOf(values);
        return random -> list.get(random.nextInt(list.size()));
    }

    @SafeVarargs
    static <T> Generator<T> oneOf(Generator<T>... kinds) {
        Generator<Generator<T>> choice = of(kinds);
        return random -> choice.next(random).next(random);
    }

    /**
     * Makes text of up to {@code max} characters of Unicode, most of them ASCII, without unpaired
     * surrogates.
     */
    static Generator<String> texts(int max) {
        return random -> {
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(max + 1); left > 0; left--) {
                text.appendCodePoint(codePoint(random));
            }
            return text.toString();
        };
    }

    private static int codePoint(Random random) {
        int bound = random.nextBoolean()
                ? 0x80
                : random.nextBoolean() ? Character.MIN_SURROGATE : Character.MAX_CODE_POINT + 1;
        int codePoint = random.nextInt(bound);
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE ? ' ' : codePoint;
    }

    static Generator<byte[]> bytes(int max) {
        return random -> {
            byte[] bytes = new byte[random.nextInt(max + 1)];
            random.nextBytes(bytes);
            return bytes;
        };
    }
}
