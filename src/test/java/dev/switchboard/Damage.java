package dev.switchboard;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** A place of a text that is overwritten, cut out or added to; {@code where} is in thousandths. */
public record Damage(int where, int length, String junk) {

    /** Texts with up to three such places. */
    public static Arbitrary<String> to(Arbitrary<String> texts, Arbitrary<String> junk) {
        Arbitrary<Damage> damages = Combinators.combine(
                        Arbitraries.integers().between(0, 1000),
                        Arbitraries.integers().between(0, 3),
                        junk)
                .as(Damage::new);
        return Combinators.combine(texts, damages.list().ofMaxSize(3)).as(Damage::to);
    }

    private static String to(String text, List<Damage> all) {
        String result = text;
        for (Damage damage : all) {
            result = damage.to(result);
        }
        return result;
    }

    private String to(String text) {
        int from = where * text.length() / 1000;
        int end = Math.min(text.length(), from + length);
        return text.substring(0, from) + junk + text.substring(end);
    }
}
