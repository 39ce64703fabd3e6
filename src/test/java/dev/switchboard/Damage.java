package dev.switchboard;

/** A change at one place of a text; {@code where} is the place in thousandths of the text. */
public record Damage(int where, int length, String junk) {

    /** Makes texts with up to three such changes. */
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
