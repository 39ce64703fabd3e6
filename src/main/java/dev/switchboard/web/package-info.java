/** The Jakarta side: endpoints, filters and the life of the deployment. */
@NullMarked
package dev.switchboard.web;

import org.jspecify.annotations.NullMarked;
