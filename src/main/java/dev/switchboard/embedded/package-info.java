/** The relay as a part of an application: the Java API, and its ties to transactions and CDI where there are such. */
@NullMarked
package dev.switchboard.embedded;

import org.jspecify.annotations.NullMarked;
