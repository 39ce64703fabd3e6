package dev.switchboard.web;

/** Finds classes that only some containers show to an application. */
final class ContainerClass {

    private ContainerClass() {}

    /**
     * Returns whether the application sees the class of that name. Does not initialize the class.
     */
    static boolean isVisible(String name) {
        try {
            return Class.forName(name, false, ContainerClass.class.getClassLoader()) != null;
        } catch (ClassNotFoundException hidden) {
            return false;
        }
    }
}
