package dev.switchboard;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks which package may depend on which.
 *
 * <p>The product keeps each rule. A class of the package {@code broken} breaks each rule, which
 * shows that the rule works.
 */
class ArchitectureTest {

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.switchboard");
    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages("broken");

    private static final Map<String, ArchRule> RULES = rules();

    private static Map<String, ArchRule> rules() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        rules.put("json is plain Java", only("..json..", "..json.."));
        rules.put("the model sees json alone", only("..model..", "..model..", "..json.."));
        rules.put("limits see the model alone", only("..limits..", "..limits..", "..model.."));
        rules.put("ports see the model and limits alone", only("..spi..", "..spi..", "..limits..", "..model.."));
        rules.put(
                "the hub sees ports, limits and the model alone",
                only("..hub..", "..hub..", "..spi..", "..limits..", "..model.."));
        rules.put(
                "a cluster sees ports, limits, the model and json alone",
                only("..cluster..", "..cluster..", "..spi..", "..limits..", "..model..", "..json.."));
        rules.put(
                "only the assembly sees a cluster",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..cluster..", "dev.switchboard")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.switchboard.cluster.."));
        rules.put(
                "the console sees the hub, ports, limits, the model and json alone",
                only(
                        "..console..",
                        "..console..",
                        "..hub..",
                        "..spi..",
                        "..limits..",
                        "..model..",
                        "..json..",
                        "javax.crypto.."));
        rules.put(
                "only the assembly and the web see the console",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..console..", "dev.switchboard", "..web..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.switchboard.console.."));
        rules.put(
                "protocols see neither engines, access nor hooks",
                noneOf("..protocol..", "..engine..", "..access..", "..hooks..", "..web..", "..launcher.."));
        rules.put(
                "the API depends on Java alone",
                noClasses()
                        .that()
                        .resideInAnyPackage("dev.switchboard.api..", "broken.api..")
                        .should()
                        .dependOnClassesThat(not(resideInAnyPackage(
                                "java..", "dev.switchboard.api..", "broken.api..", "org.jspecify.."))));
        rules.put(
                "embedded sees the API and the hub",
                noneOf("..embedded..", "..protocol..", "..engine..", "..access..", "..web..", "..launcher.."));
        rules.put(
                "only the web depends on the API and on embedded",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("dev.switchboard.api..", "broken.api..", "..embedded..", "..web..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("dev.switchboard.api..", "broken.api..", "..embedded.."));
        rules.put("engines see ports", noneOf("..engine..", beside("..engine..")));
        rules.put("access sees ports", noneOf("..access..", beside("..access..")));
        rules.put("hooks see ports", noneOf("..hooks..", beside("..hooks..")));
        rules.put(
                "the launcher sees nothing of the relay but json",
                noneOf(
                        "..launcher..",
                        "..hub..",
                        "dev.switchboard.model..",
                        "broken.model..",
                        "..spi..",
                        "..limits..",
                        "..protocol..",
                        "..engine..",
                        "..access..",
                        "..hooks..",
                        "..web.."));
        rules.put(
                "a load depends on Java and a histogram alone",
                noClasses()
                        .that()
                        .resideInAPackage("..load..")
                        .should()
                        .dependOnClassesThat(
                                not(resideInAnyPackage("java..", "..load..", "org.HdrHistogram..", "org.jspecify.."))));
        rules.put(
                "only the launcher depends on a load",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..load..", "..launcher..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("..load..", "org.HdrHistogram.."));
        rules.put(
                "no package depends on the launcher",
                noClasses()
                        .that()
                        .resideOutsideOfPackage("..launcher..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("..launcher.."));
        rules.put(
                "only the web depends on the assembly",
                noClasses()
                        .that()
                        .resideInAnyPackage(
                                "..hub..",
                                "..protocol..",
                                "..engine..",
                                "..access..",
                                "..cluster..",
                                "..embedded..",
                                "..hooks..",
                                "..launcher..",
                                "..tracing..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.switchboard"));
        rules.put(
                "no package depends on the web",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..web..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("..web.."));
        rules.put(
                "servlets and WebSocket are for the web, and for the launcher that starts a container",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..web..", "..launcher..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("jakarta.servlet..", "jakarta.websocket.."));
        rules.put(
                "JSON is for protocols and the web",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..web..", "..protocol..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("jakarta.json.."));
        rules.put(
                "an HTTP client and its circuit breaker are for hooks",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..hooks..", "..launcher..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("java.net.http..", "io.github.resilience4j.."));
        rules.put(
                "a Redis client is for one room below the engines",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..engine.redis..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.lettuce..", "redis.."));
        rules.put(
                "a library of tokens is for access",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..access..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("com.nimbusds.."));
        rules.put(
                "OpenTelemetry, which few containers have, is for tracing",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..tracing..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.opentelemetry.."));
        rules.put(
                "tracing sees ports and the model alone",
                only("..tracing..", "..tracing..", "..spi..", "..model..", "io.opentelemetry.."));
        rules.put(
                "metrics are for the web",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..web..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.prometheus.."));
        rules.put(
                "management of the JVM is for metrics, and for the launcher that owns it",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..web..", "..launcher..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("javax.management.."));
        rules.put(
                "Protobuf is for protocols",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..protocol..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("com.google.protobuf..", "switchboard.wire.."));
        rules.put(
                "the command line and the embedded container are for the launcher, and what is Undertow's own for the transport beneath it",
                noClasses()
                        .that()
                        .resideOutsideOfPackages("..launcher..")
                        .and()
                        .haveNameNotMatching(
                                "dev\\.switchboard\\.web\\.(Undertow\\w+|ClosingConduit|WebSocketConduit)(\\$.*)?")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.undertow..", "org.xnio..", "org.apache..", "picocli.."));
        rules.put(
                "CDI and transactions, which Tomcat has not, are for two classes alone",
                noClasses()
                        .that()
                        .haveNameNotMatching("dev\\.switchboard\\.embedded\\.(Beans|Transactions)(\\$.*)?")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("jakarta.inject..", "jakarta.enterprise..", "jakarta.transaction.."));
        rules.put(
                "only one static field may change", fields().that().areStatic().should(beFinalOrTheRelay()));
        rules.put(
                "no class has an empty name such as Manager",
                noClasses()
                        .should()
                        .haveNameMatching(".*(Impl|Manager|Utils?|Helper)$")
                        .orShould()
                        .haveNameMatching(".*\\.Abstract[A-Z].*"));
        return rules;
    }

    private static ArchRule only(String from, String... to) {
        List<String> seen = new ArrayList<>(List.of(to));
        seen.addAll(List.of("java..", "org.jspecify.."));
        return noClasses()
                .that()
                .resideInAPackage(ownPackage(from))
                .should()
                .dependOnClassesThat(not(resideInAnyPackage(seen.toArray(new String[0]))));
    }

    /** Matches only our packages, because libraries have packages of these names as well. */
    private static String ownPackage(String name) {
        return "[dev.switchboard|broken]" + name.substring(1);
    }

    /** Returns the packages on which an engine, an access policy or a hook must not depend. */
    private static String[] beside(String name) {
        return Stream.of(
                        "..hub..",
                        "..protocol..",
                        "..engine..",
                        "..access..",
                        "..hooks..",
                        "..web..",
                        "..launcher..",
                        "..embedded..")
                .filter(other -> !other.equals(name))
                .toArray(String[]::new);
    }

    private static ArchRule noneOf(String from, String... to) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(to).and(not(resideInAnyPackage("io.undertow..", "org.snakeyaml.."))));
    }

    private static ArchCondition<JavaField> beFinalOrTheRelay() {
        return new ArchCondition<>("be final, or the running relay") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                boolean allowed = field.getModifiers().contains(FINAL)
                        || field.getFullName().equals("dev.switchboard.web.Deployment.relay");
                events.add(new SimpleConditionEvent(field, allowed, field.getFullName() + " can change"));
            }
        };
    }

    static Stream<Named<ArchRule>> each() {
        return RULES.entrySet().stream().map(rule -> Named.of(rule.getKey(), rule.getValue()));
    }

    @ParameterizedTest
    @MethodSource("each")
    void the_product_keeps_each_rule(ArchRule rule) {
        rule.allowEmptyShould(true).check(PRODUCT);
    }

    @ParameterizedTest
    @MethodSource("each")
    void each_rule_finds_a_class_that_breaks_it(ArchRule rule) {
        assertThat(rule.allowEmptyShould(true).evaluate(BROKEN).hasViolation()).isTrue();
    }

    @Test
    void each_package_has_a_description_and_is_null_marked() throws IOException {
        try (Stream<Path> folders = Files.walk(Path.of("src/main/java/dev/switchboard"))) {
            List<Path> all = folders.filter(Files::isDirectory).toList();
            assertThat(all)
                    .hasSizeGreaterThan(4)
                    .allSatisfy(folder -> assertThat(Files.readString(folder.resolve("package-info.java")))
                            .startsWith("/**")
                            .contains("@NullMarked"));
        }
    }
}
