package dev.switchboard.failure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Names the rows of the failure catalogue that a test proves; the test may have a parameter
 * {@link Seen}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ProofRecorder.class)
public @interface Row {

    /** Numbers of rows in {@code failures/catalogue.tsv}. */
    String[] value();
}
