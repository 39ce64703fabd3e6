package dev.switchboard.engine.redis;

/** Says what an error of a server means for the command, and what an operator can do. */
enum Verdict {
    /** The server does not know the script. Nothing was done. */
    SCRIPT_LOST("the script is loaded again"),
    /** Another server has the slot of the keys. Nothing was done. */
    MOVED("the map of the cluster is read again"),
    /** This server is the wrong one, or not ready. Nothing was done. */
    WRONG_SERVER("the relay looks for another server until one takes commands"),
    /** The server does not want to do it now. Nothing was done. */
    REFUSED("see maxmemory, min-replicas-to-write, and the disk of Redis"),
    /** The user of the relay may not give the command. Nothing was done. */
    FORBIDDEN("the ACL of the user must allow what server-config/redis lists"),
    /** Something else. The script may have run in part. */
    UNKNOWN("the outcome is unknown");

    private final String cure;

    Verdict(String cure) {
        this.cure = cure;
    }

    String cure() {
        return cure;
    }

    /** Returns the verdict on the text of an error, which begins with its code. */
    static Verdict of(String error) {
        int end = error.indexOf(' ');
        String code = end < 0 ? error : error.substring(0, end);
        return switch (code) {
            case "NOSCRIPT" -> SCRIPT_LOST;
            case "MOVED", "ASK", "TRYAGAIN" -> MOVED;
            case "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "UNBLOCKED", "NOAUTH" -> WRONG_SERVER;
            // Redis checks these before the first write of a script, and not again after it.
            case "OOM", "NOREPLICAS", "MISCONF", "BUSY" -> REFUSED;
            case "NOPERM" -> ofScript(error) ? UNKNOWN : FORBIDDEN;
            default -> UNKNOWN;
        };
    }

    /** Returns whether a command within a script met the error, maybe after others had written. */
    private static boolean ofScript(String error) {
        return error.contains(" script: ");
    }
}
