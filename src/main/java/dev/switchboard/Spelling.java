package dev.switchboard;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds the words that an operator may have meant by a misspelt one. */
final class Spelling {

    /** The most words that an error names. */
    private static final int MOST = 3;

    /** Of a word with so many letters, one may be wrong. */
    private static final int LETTERS_PER_FAULT = 6;

    private Spelling() {}

    /** Returns the nearest of the words, at most three, of which the nearest comes first. */
    static List<String> near(String word, Collection<String> words) {
        int most = Math.max(1, word.length() / LETTERS_PER_FAULT);
        return words.stream()
                .filter(known -> distance(word, known) <= most)
                .sorted(Comparator.<String>comparingInt(known -> distance(word, known))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(MOST)
                .toList();
    }

    /** Returns how many letters must be added, removed or replaced (Levenshtein). */
    static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            row[column] = column;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
