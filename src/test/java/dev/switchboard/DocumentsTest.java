package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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

    private static final Pattern TITLE = Pattern.compile("(?m)^#+ (.*)$");

    private static final Pattern ANCHOR = Pattern.compile("\\]\\(([^)#:]*\\.md|)#([^)]+)\\)");

    private static final Pattern PERSON =
            Pattern.compile("(?m)(?:^|[.:!?|] |^- )(?:Who|Whom|Whoever|Somebody|Nobody|Everybody|Anybody)\\b");

    private static final Pattern COMMENTED_PERSON =
            Pattern.compile("(?m)^\\s*(?:/\\*\\*|\\*|//)(?:.*[.:!?])?(?: @param \\w+)? "
                    + "(?:<p>)?(?:Who|Whom|Whoever|Somebody|Nobody|Everybody|Anybody)\\b");

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
        List<Path> all = Stream.concat(Stream.of(Path.of("README.md")), files(Path.of("src/docs"), ".md").stream())
                .toList();
        for (Path page : all) {
            List<String> links = LINK.matcher(text(page))
                    .results()
                    .map(link -> link.group(1))
                    .toList();
            assertThat(links)
                    .as(page.toString())
                    .allSatisfy(link -> assertThat(page.resolveSibling(link)).exists());
        }
    }

    /** Returns the pages for users, without the decisions. */
    private static List<Path> pages() {
        return Stream.concat(
                        Stream.of(Path.of("README.md")),
                        files(Path.of("src/docs"), ".md").stream()
                                .filter(page -> Path.of("src/docs").equals(page.getParent())))
                .toList();
    }

    private static Set<String> anchors(Path page) {
        return TITLE.matcher(text(page))
                .results()
                .map(title -> title.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void each_link_of_a_page_leads_to_a_heading_if_it_names_one() {
        for (Path page : pages()) {
            ANCHOR.matcher(text(page)).results().forEach(link -> {
                Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
                assertThat(anchors(target)).as(page + " -> " + link.group()).contains(link.group(2));
            });
        }
    }

    @Test
    void the_index_names_each_page() {
        String index = text(Path.of("src/docs/index.md"));
        assertThat(pages())
                .filteredOn(page -> !page.endsWith("README.md") && !page.endsWith("index.md"))
                .allSatisfy(page -> assertThat(index).contains("(" + page.getFileName() + ")"));
    }

    @Test
    void the_readme_is_short() {
        assertThat(text(Path.of("README.md")).lines().count()).isLessThanOrEqualTo(150);
    }

    @Test
    void no_sentence_of_a_comment_begins_with_a_pronoun_for_a_person() {
        assertThat(files(Path.of("src/main"), ".java"))
                .allSatisfy(
                        file -> assertThat(COMMENTED_PERSON.matcher(text(file)).results())
                                .as(file.toString())
                                .isEmpty());
    }

    @Test
    void no_sentence_of_a_page_begins_with_a_pronoun_for_a_person() {
        assertThat(pages())
                .filteredOn(page -> !page.endsWith("style.md")) // it quotes such sentences
                .allSatisfy(page -> assertThat(PERSON.matcher(text(page)).results())
                        .as(page.toString())
                        .isEmpty());
    }
}
