package dev.switchboard.failure;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Shows the failure catalogue together with the proofs of the tests. */
public final class FailureTable {

    private static final Path RESULTS = Path.of("target", "failures");
    private static final Path PAGE = Path.of("target", "failures.html");
    private static final String SUFFIX = ".tsv";

    private static final Map<String, String> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put("C", "Clients and their connections");
        GROUPS.put("A", "Access and the web");
        GROUPS.put("S", "The server");
        GROUPS.put("R", "Redis");
        GROUPS.put("K", "Several nodes");
    }

    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Switchboard: failures</title><style>
            body { font: 15px/1.4 sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
            table { border-collapse: collapse; width: 100% }
            th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-top: 1px solid #ccc }
            ul { margin: 0; padding: 0; list-style: none }
            b.proven { color: #060 } b.failed, b.gap { color: #b00 }
            small { color: #555 }
            </style></head><body><h1>Failures, and what was seen of them</h1>
            """;

    private final List<Fault> catalogue;
    private final List<Proof> proofs;

    FailureTable(List<Fault> catalogue, List<Proof> proofs) {
        this.catalogue = catalogue;
        this.proofs = proofs;
    }

    /** Reads all proofs of this build. */
    public static FailureTable read() throws IOException {
        List<Proof> proofs = new ArrayList<>();
        if (Files.isDirectory(RESULTS)) {
            try (Stream<Path> files = Files.list(RESULTS)) {
                for (Path file : files.sorted().toList()) {
                    proofs.addAll(proofs(file.getFileName().toString().replace(SUFFIX, "")));
                }
            }
        }
        return new FailureTable(catalogue(), proofs);
    }

    static List<Fault> catalogue() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(FailureTable.class.getResourceAsStream("/failures/catalogue.tsv"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Fault::parse)
                    .toList();
        }
    }

    private static List<Proof> proofs(String container) throws IOException {
        Path file = RESULTS.resolve(container + SUFFIX);
        return Files.exists(file)
                ? Files.readAllLines(file).stream()
                        .map(line -> Proof.parse(container, line))
                        .toList()
                : List.of();
    }

    /**
     * Adds proofs of one container, which replace earlier proofs of the same tests, and writes the
     * page.
     */
    static void record(String container, List<Proof> seen) throws IOException {
        Set<String> again = Set.copyOf(seen.stream().map(Proof::test).toList());
        List<String> lines = Stream.concat(
                        proofs(container).stream().filter(proof -> !again.contains(proof.test())), seen.stream())
                .map(Proof::line)
                .distinct()
                .toList();
        Files.createDirectories(RESULTS);
        Files.write(RESULTS.resolve(container + SUFFIX), lines);
        Files.writeString(PAGE, read().html());
    }

    /** Returns a line for each row that is not proven, or failed. */
    public List<String> gaps() {
        return catalogue.stream()
                .filter(fault -> !gap(fault).isEmpty())
                .map(fault -> fault.row() + ": " + gap(fault))
                .toList();
    }

    private String gap(Fault fault) {
        return fault.gap(of(fault));
    }

    private List<Proof> of(Fault fault) {
        return proofs.stream().filter(proof -> proof.row().equals(fault.row())).toList();
    }

    String html() {
        StringBuilder page = new StringBuilder(HEAD);
        GROUPS.forEach((letter, title) -> page.append("<h2>")
                .append(title)
                .append("</h2>\n<table><tr><th>Row<th>Failure<th>Expected<th>Seen\n")
                .append(catalogue.stream()
                        .filter(fault -> fault.row().startsWith(letter))
                        .map(this::html)
                        .collect(joining()))
                .append("</table>\n"));
        return page.append("</body></html>\n").toString();
    }

    private String html(Fault fault) {
        return "<tr id=\"" + fault.row() + "\"><th>" + fault.row() + "<td>" + escape(fault.fault()) + "<td>"
                + escape(fault.expected()) + "<td><ul>" + verdict(fault)
                + of(fault).stream().map(FailureTable::html).collect(joining()) + "</ul>\n";
    }

    private String verdict(Fault fault) {
        String decision = fault.decision().isEmpty() ? "" : "<li>see decision " + fault.decision();
        String gap = gap(fault);
        if (!gap.isEmpty()) {
            return "<li><b class=\"gap\">" + escape(gap) + "</b>" + decision;
        }
        return decision;
    }

    private static String html(Proof proof) {
        String outcome = proof.outcome() == Proof.Outcome.PROVEN ? "proven" : "failed";
        return "<li><b class=\"" + outcome + "\">" + proof.container() + " " + outcome + "</b> " + escape(proof.seen())
                + " <small>" + escape(proof.test()) + "</small>";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
