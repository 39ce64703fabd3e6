package dev.switchboard.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Fault.Where;
import dev.switchboard.failure.Proof.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FailureTableTest {

    private static final Fault EVERYWHERE = new Fault("C1", "a <fault>", "an \"end\" & more", Where.CONTAINERS, "");

    private static Proof proof(String container, Outcome outcome) {
        return new Proof(container, "C1", "SomeIT.some_test", outcome, "<seen>");
    }

    private static Stream<Proof> everywhere() {
        return Stream.of("tomcat", "wildfly", "payara").map(container -> proof(container, Outcome.PROVEN));
    }

    private static List<String> gaps(Fault fault, Stream<Proof> proofs) {
        return new FailureTable(List.of(fault), proofs.toList()).gaps();
    }

    private static Fault fault(Where where, String decision) {
        return new Fault("C1", "", "", where, decision);
    }

    @Test
    void a_row_for_containers_needs_a_proof_of_each() {
        assertThat(gaps(EVERYWHERE, everywhere())).isEmpty();
        assertThat(gaps(EVERYWHERE, everywhere().skip(1))).containsExactly("C1: not proven: tomcat");
        assertThat(gaps(EVERYWHERE, Stream.of(proof("unit", Outcome.PROVEN))))
                .containsExactly("C1: not proven: payara, tomcat, wildfly");
    }

    @Test
    void a_failed_proof_is_a_gap_whatever_the_others_are() {
        for (Fault fault : List.of(EVERYWHERE, fault(Where.ANYWHERE, ""), fault(Where.DECIDED, "0001"))) {
            assertThat(gaps(fault, Stream.concat(everywhere(), Stream.of(proof("tomcat", Outcome.FAILED)))))
                    .containsExactly("C1: failed: tomcat SomeIT.some_test");
        }
    }

    @Test
    void a_row_for_anywhere_needs_one_proof() {
        assertThat(gaps(fault(Where.ANYWHERE, ""), Stream.of())).containsExactly("C1: not proven");
        assertThat(gaps(fault(Where.ANYWHERE, ""), Stream.of(proof("unit", Outcome.PROVEN))))
                .isEmpty();
    }

    @Test
    void html_escapes_the_notes() {
        String page = new FailureTable(
                        List.of(EVERYWHERE, new Fault("A1", "", "", Where.DECIDED, "0007")),
                        everywhere().toList())
                .html();
        assertThat(page)
                .contains("a &lt;fault&gt;", "&amp; more", "tomcat proven</b> &lt;seen&gt;", "see decision 0007")
                .doesNotContain("<seen>");
    }

    @Test
    void a_proof_is_read_back_from_its_line() {
        Proof proof = new Proof("tomcat", "C1", "SomeIT.some_test", Outcome.FAILED, "a\tline\nand another");
        assertThat(Proof.parse("tomcat", proof.line())).isEqualTo(proof);
        assertThat(proof.seen()).isEqualTo("a line and another");
    }

    @Test
    void the_catalogue_has_each_row_once_and_its_decisions_exist() throws IOException {
        List<Fault> catalogue = FailureTable.catalogue();
        assertThat(catalogue).extracting(Fault::row).doesNotHaveDuplicates().hasSize(21 + 19 + 23 + 15 + 7);
        List<String> decisions;
        try (Stream<Path> files = Files.list(Path.of("src/docs/decisions"))) {
            decisions = files.map(file -> file.getFileName().toString().substring(0, 4))
                    .toList();
        }
        assertThat(catalogue.stream().map(Fault::decision).filter(decision -> !decision.isEmpty()))
                .isNotEmpty()
                .isSubsetOf(decisions);
    }
}
