package dev.switchboard.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Restricts a CDI observer to the events of one channel.
 *
 * <p>{@code @Observes @InChannel("news") Publication} gets the publications of the channel {@code
 * news}. Without this qualifier, the observer gets those of all channels.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD, ElementType.METHOD, ElementType.TYPE})
public @interface InChannel {

    /** Returns the name of the channel. */
    String value();
}
