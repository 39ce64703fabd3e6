package dev.switchboard.failure;

import dev.switchboard.failure.Proof.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;

/** Records the outcomes of the tests of the failure catalogue. */
final class ProofRecorder implements BeforeEachCallback, ParameterResolver, TestWatcher {

    private static final Namespace NAMESPACE = Namespace.create(ProofRecorder.class);
    private static final int MAX_LENGTH = 300;

    /** The proofs of this JVM, which are written when its tests have ended. */
    private static final class Proofs implements AutoCloseable {
        private final String container =
                System.getProperty("arquillian.launch", System.getProperty("war") == null ? "unit" : "java-jar");
        private final List<Proof> proofs = new ArrayList<>();
        private final List<String> rows;

        Proofs() {
            try {
                rows = FailureTable.catalogue().stream().map(Fault::row).toList();
            } catch (IOException unreadable) {
                throw new IllegalStateException("the catalogue", unreadable);
            }
        }

        synchronized void add(String row, String test, Outcome outcome, String seen) {
            proofs.add(new Proof(container, row, test, outcome, seen));
        }

        @Override
        public synchronized void close() throws IOException {
            FailureTable.record(container, proofs);
        }
    }

    private static Proofs proofs(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Proofs.class, type -> new Proofs(), Proofs.class);
    }

    private static Seen seen(ExtensionContext context) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(Seen.class, type -> new Seen(), Seen.class);
    }

    private static List<String> rows(ExtensionContext context) {
        return List.of(context.getRequiredTestMethod().getAnnotation(Row.class).value());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        List<String> known = proofs(context).rows;
        for (String row : rows(context)) {
            if (!known.contains(row)) {
                throw new IllegalArgumentException("the failure catalogue has no row " + row);
            }
        }
        Seen unused = seen(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Seen.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return seen(context);
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        add(context, Outcome.PROVEN, seen(context).text());
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable failure) {
        String text = String.valueOf(failure);
        add(
                context,
                Outcome.FAILED,
                seen(context).text() + " " + text.substring(0, Math.min(text.length(), MAX_LENGTH)));
    }

    private static void add(ExtensionContext context, Outcome outcome, String seen) {
        String test = context.getRequiredTestClass().getSimpleName() + "."
                + context.getRequiredTestMethod().getName();
        for (String row : rows(context)) {
            proofs(context).add(row, test, outcome, seen);
        }
    }
}
