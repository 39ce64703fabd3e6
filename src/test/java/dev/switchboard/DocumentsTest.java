package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentsTest {

    private static final Path PROTOCOL = Path.of("src/docs/protocol.md");

    private static final Pattern HEADING = Pattern.compile("(?m)^##+ (\\d+(?:\\.\\d+)?)\\b");

    private static final Pattern CITATION =
            Pattern.compile("protocol,? \\(?sections? (\\d+(?:\\.\\d+)?(?:(?:, | and )\\d+(?:\\.\\d+)?)*)");

    private static final Pattern LINE_BREAK = Pattern.compile("\\s*\\R[\\s/*]*");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

    private static List<Path> files(Path root, String suffix) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Stream<String> citations(Path file) {
        return CITATION.matcher(LINE_BREAK.matcher(text(file)).replaceAll(" "))
                .results()
                .flatMap(citation -> Stream.of(citation.group(1).split(", | and ")));
    }

    @Test
    void each_section_of_the_protocol_that_the_code_cites_exists() {
        Set<String> sections = HEADING.matcher(text(PROTOCOL))
                .results()
                .map(heading -> heading.group(1))
                .collect(Collectors.toSet());
        List<String> cited = files(Path.of("src/main"), ".java").stream()
                .flatMap(DocumentsTest::citations)
                .distinct()
                .toList();
        assertThat(cited).as("the code cites the protocol").hasSizeGreaterThan(10);
        assertThat(sections).containsAll(cited);
    }

    @Test
    void each_link_of_a_page_leads_to_a_file() {
        List<Path> pages = Stream.concat(Stream.of(Path.of("README.md")), files(Path.of("src/docs"), ".md").stream())
                .toList();
        for (Path page : pages) {
            List<String> links = LINK.matcher(text(page))
                    .results()
                    .map(link -> link.group(1))
                    .toList();
            assertThat(links)
                    .as(page.toString())
                    .allSatisfy(link -> assertThat(page.resolveSibling(link)).exists());
        }
    }
}
