/** Connects the relay with its container: endpoints, servlets, filters and the deployment. */
@NullMarked
package dev.switchboard.web;

import org.jspecify.annotations.NullMarked;
