package dev.switchboard.launcher;

import dev.switchboard.launcher.connect.Certificates;
import picocli.CommandLine.Option;

/** Holds the options of commands that may connect by TLS. */
final class TlsOptions {

    @Option(
            names = "--insecure",
            description = "Accepts any certificate of the server, for instance a self-signed one. For tests only.")
    private boolean insecure;

    Certificates certificates() {
        return insecure ? Certificates.ANY : Certificates.TRUSTED;
    }
}
