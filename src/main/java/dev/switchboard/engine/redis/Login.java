package dev.switchboard.engine.redis;

/**
 * Holds how a server is entered.
 *
 * @param user empty for the default user
 * @param password empty for none
 * @param database number of the database
 * @param tls whether the connection is encrypted, and the name of the server checked
 */
record Login(String user, String password, int database, boolean tls) {

    /** Leaves the password out. */
    @Override
    public String toString() {
        return "Login[user=" + user + ", database=" + database + ", tls=" + tls + "]";
    }
}
