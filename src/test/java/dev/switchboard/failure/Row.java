package dev.switchboard.failure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Says which rows of the failure catalogue a test proves; it may have a parameter {@link Seen}. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Witness.class)
public @interface Row {

    /** Of {@code failures/catalogue.tsv}. */
    String[] value();
}
