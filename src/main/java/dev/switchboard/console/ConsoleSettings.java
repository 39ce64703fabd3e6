package dev.switchboard.console;

/**
 * Holds the ways into the console.
 *
 * @param password the password of operators who may do everything
 * @param role the role of such operators in the container; empty for none
 * @param readerPassword the password of operators who may look
 * @param readerRole the role of such operators in the container; empty for none
 */
public record ConsoleSettings(Password password, String role, Password readerPassword, String readerRole) {

    /** Returns whether an operator has a way in. */
    public boolean isOn() {
        return hasPassword() || !role.isEmpty() || !readerRole.isEmpty();
    }

    /** Returns whether there is a password to log in with. */
    public boolean hasPassword() {
        return password.isSet() || readerPassword.isSet();
    }
}
