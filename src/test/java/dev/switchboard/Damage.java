package dev.switchboard;

/** A place of a text that is overwritten, cut out or added to; {@code where} is in thousandths. */
public record Damage(int where, int length, String junk) {

    /** Texts with up to three such places. */
    public static Generator<String> to(Generator<String> texts, Generator<String> junk) {
        Generator<Damage> damages = random -> new Damage(random.nextInt(1001), random.nextInt(4), junk.next(random));
        return random -> {
            String text = texts.next(random);
            for (Damage damage : damages.lists(0, 3).next(random)) {
                text = damage.to(text);
            }
            return text;
        };
    }

    private String to(String text) {
        int from = where * text.length() / 1000;
        int end = Math.min(text.length(), from + length);
        return text.substring(0, from) + junk + text.substring(end);
    }
}
