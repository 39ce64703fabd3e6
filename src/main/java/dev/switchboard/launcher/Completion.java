package dev.switchboard.launcher;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a script that completes commands and options in a shell. */
@Command(
        name = "completion",
        description = {
            "Prints a script for bash and zsh that completes commands and options.",
            "It completes the word switchboard, which the shell must know: alias switchboard='java -jar switchboard.war'"
        },
        mixinStandardHelpOptions = true)
final class Completion implements Callable<Integer> {

    private static final String WORD = "switchboard";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        System.out.print(AutoComplete.bash(WORD, spec.root().commandLine()));
        return 0;
    }
}
