package broken.web;

public final class EngineManager {

    public static int count;
}
