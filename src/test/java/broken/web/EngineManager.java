package broken.web;

import broken.launcher.LauncherKnowsTheHub;

public record EngineManager(LauncherKnowsTheHub launcher) {

    public static int count;
}
