package dev.switchboard.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Prints the version of the file, for the command and for the option of each command. */
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class Version implements Callable<Integer>, CommandLine.IVersionProvider {

    @Override
    public Integer call() {
        System.out.println(getVersion()[0]);
        return 0;
    }

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"switchboard " + (version == null ? "unpackaged" : version)};
    }
}
