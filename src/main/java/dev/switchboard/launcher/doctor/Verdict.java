package dev.switchboard.launcher.doctor;

/** Says what a check has found. */
public enum Verdict {
    OK("ok"),
    FAULT("fault"),
    /** The check cannot tell, or does not apply. */
    UNKNOWN("not known");

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
