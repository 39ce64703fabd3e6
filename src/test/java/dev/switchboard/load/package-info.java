/** Tests the load against a relay that makes faults. */
@NullMarked
package dev.switchboard.load;

import org.jspecify.annotations.NullMarked;
